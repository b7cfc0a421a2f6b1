// SPDX-License-Identifier: BSD-2-Clause
// The call tree of a flame graph. Nodes lie in arrays in the order of a walk from the root: the
// subtree of node i is i up to end[i]. So ten thousand deep stacks need few objects, and a search
// or a sum is one pass.
"use strict";

class CallTree {
	// groups: call sites; options: {byLine, inverted, inBlocks}
	constructor(model, groups, options) {
		const stacks = groups.map((group) => stackLabels(model, group, options));
		const order = [...groups.keys()].sort((a, b) => compareStacks(stacks[a], stacks[b]));
		const room = 1 + stacks.reduce((sum, stack) => sum + stack.length, 0);

		this.model = model;
		this.label = new Int32Array(room).fill(-1);
		this.depth = new Int32Array(room);
		this.parent = new Int32Array(room).fill(-1);
		this.end = new Int32Array(room);
		this.value = new Float64Array(room);
		this.bytes = new Float64Array(room);
		this.blocks = new Float64Array(room);
		this.n = 1;
		this.maxDepth = 0;
		this.sorted = new Map();
		this.#build(groups, stacks, order, options.inBlocks);
	}

	#build(groups, stacks, order, inBlocks) {
		let path = [0];
		let previous = [];

		for (const at of order) {
			const stack = stacks[at], group = groups[at];
			let common = 0;

			while (common < stack.length && stack[common] === previous[common])
				common++;
			while (path.length > common + 1)
				this.end[path.pop()] = this.n;
			for (let depth = common; depth < stack.length; depth++) {
				this.label[this.n] = stack[depth];
				this.depth[this.n] = depth + 1;
				this.parent[this.n] = path[path.length - 1];
				path.push(this.n++);
			}
			for (const node of path) {
				this.bytes[node] += group.bytes;
				this.blocks[node] += group.blocks;
			}
			this.maxDepth = Math.max(this.maxDepth, stack.length);
			previous = stack;
		}
		while (path.length)
			this.end[path.pop()] = this.n;
		this.value = inBlocks ? this.blocks : this.bytes;
	}

	// The children of a node, the largest first.
	children(node) {
		let list = this.sorted.get(node);

		if (!list) {
			list = [];
			for (let child = node + 1; child < this.end[node]; child = this.end[child])
				list.push(child);
			list.sort((a, b) => this.value[b] - this.value[a] || a - b);
			this.sorted.set(node, list);
		}
		return list;
	}

	name(node) {
		return node === 0 ? "all" : this.model.labels[this.label[node]].name;
	}

	// The nodes from below the root to this one.
	path(node) {
		const path = [];

		for (; node > 0; node = this.parent[node])
			path.unshift(node);
		return path;
	}

	// Which labels match, and how much lies in frames that do, none counted twice.
	search(matches) {
		const hit = this.model.labels.map(matches);
		let value = 0, n = 0;

		for (let node = 1; node < this.n;) {
			if (hit[this.label[node]]) {
				value += this.value[node];
				n++;
				node = this.end[node];
			} else {
				node++;
			}
		}
		return {hit, value, n};
	}
}

// The labels of a stack from the root of the tree on: callers first, unless inverted.
function stackLabels(model, group, {byLine, inverted}) {
	const labels = group.stack.map((number) =>
		byLine ? model.frames[number].byLine : model.frames[number].byFunction);

	return inverted ? labels : labels.reverse();
}

function compareStacks(a, b) {
	const n = Math.min(a.length, b.length);

	for (let i = 0; i < n; i++) {
		if (a[i] !== b[i])
			return a[i] - b[i];
	}
	return a.length - b.length;
}

// A test for labels: words that must all occur in the name, the place or the module; or /a regular
// expression/. Null for no search, and for an expression that is not finished.
function labelMatcher(text) {
	if (!text)
		return null;
	if (text.length > 2 && text.startsWith("/") && text.endsWith("/")) {
		try {
			const expression = new RegExp(text.slice(1, -1), "i");

			return (label) => expression.test(labelText(label));
		} catch {
			return null;
		}
	}
	const words = text.toLowerCase().split(/\s+/);

	return (label) => {
		const within = labelText(label).toLowerCase();

		return words.every((word) => within.includes(word));
	};
}

function labelText(label) {
	return `${label.name} ${label.place ?? ""} ${label.module ?? ""}`;
}
