// SPDX-License-Identifier: BSD-2-Clause
// The call tree as text, for those who cannot see the flame graph or want to read numbers: one line
// per function, opened step by step, with the keys that trees have everywhere.
"use strict";

const TREE_CHUNK = 100; // lines that are added at a time

class TreeView {
	// chosen(node): the flame graph is to zoom there.
	constructor(chosen) {
		this.chosen = chosen;
		this.element = make("div", {class: "tree", role: "tree", tabindex: "-1"});
		this.element.addEventListener("keydown", (event) => this.#key(event));
		this.element.addEventListener("click", (event) => this.#click(event));
	}

	// format(value): as text.
	show(tree, format, name) {
		this.tree = tree;
		this.format = format;
		this.element.setAttribute("aria-label", `Call tree: ${name}`);
		this.element.replaceChildren();
		this.#open(0, null);
		// Down to where it branches out, which is where reading begins.
		for (let line = this.element.firstChild; line;) {
			const node = Number(line.dataset.node);
			const [largest] = tree.children(node);

			if (largest === undefined || this.element.children.length > 60 ||
			    tree.value[largest] < 0.6 * tree.value[node])
				break;
			this.#toggle(line);
			line = line.nextSibling;
		}
		this.element.firstChild?.setAttribute("tabindex", "0");
	}

	// Adds the lines of the children of NODE after LINE, from the START-th on.
	#open(node, line, start = 0) {
		const children = this.tree.children(node);
		const shown = children.slice(start, start + TREE_CHUNK);
		const lines = shown.map((child, i) =>
			this.#line(child, start + i + 1, children.length));

		if (start + shown.length < children.length)
			lines.push(this.#more(node, start + shown.length, children));
		if (line)
			line.after(...lines);
		else
			this.element.append(...lines);
		return lines[0];
	}

	#line(node, position, n) {
		const {tree} = this;
		const label = tree.model.labels[tree.label[node]];
		const open = tree.children(node).length > 0;
		const line = make("div", {
			class: label.own ? "tree-line" : "tree-line system", role: "treeitem",
			tabindex: "-1", "data-node": node, "aria-level": tree.depth[node],
			"aria-posinset": position, "aria-setsize": n,
			"aria-expanded": open ? "false" : null,
		},
			make("span", {class: "number"}, this.format(tree.value[node])),
			make("span", {class: "number share"},
			     formatShare(tree.value[node], tree.value[0])),
			make("span", {class: "tree-name"}, make("span", {class: "twist"}),
			     make("bdi", {class: "code"}, label.name),
			     label.place && make("bdi", {class: "place"}, label.place)));

		line.lastChild.style.paddingInlineStart = `${Math.min(tree.depth[node] - 1, 40) * 0.9}em`;
		return line;
	}

	#more(node, start, children) {
		return make("div", {
			class: "tree-line more", role: "treeitem", tabindex: "-1", "data-node": node,
			"data-start": start, "aria-level": this.tree.depth[node] + 1,
			"aria-posinset": start + 1, "aria-setsize": children.length,
		}, `${plural(children.length - start, "smaller one")} more`);
	}

	#toggle(line) {
		if (line.dataset.start) {
			const first = this.#open(Number(line.dataset.node), line,
						 Number(line.dataset.start));

			line.remove();
			this.#focus(first);
		} else if (line.getAttribute("aria-expanded") === "false") {
			this.#open(Number(line.dataset.node), line);
			line.setAttribute("aria-expanded", "true");
		} else if (line.getAttribute("aria-expanded") === "true") {
			while (this.#level(line.nextSibling) > this.#level(line))
				line.nextSibling.remove();
			line.setAttribute("aria-expanded", "false");
		}
	}

	#level(line) {
		return Number(line?.getAttribute("aria-level") ?? 0);
	}

	#click(event) {
		const line = event.target.closest(".tree-line");

		if (!line)
			return;
		this.#toggle(line);
		if (line.isConnected)
			this.#focus(line);
	}

	#focus(line) {
		if (!line)
			return;
		this.element.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
		line.setAttribute("tabindex", "0");
		line.focus();
	}

	#parent(line) {
		const level = this.#level(line);

		while (line && this.#level(line) >= level)
			line = line.previousSibling;
		return line;
	}

	#key(event) {
		const line = event.target.closest(".tree-line");
		const expanded = line?.getAttribute("aria-expanded");
		const act = {
			ArrowDown: () => this.#focus(line.nextSibling),
			ArrowUp: () => this.#focus(line.previousSibling),
			Home: () => this.#focus(this.element.firstChild),
			End: () => this.#focus(this.element.lastChild),
			ArrowRight: () => expanded === "true" ? this.#focus(line.nextSibling) :
				this.#toggle(line),
			ArrowLeft: () => expanded === "true" ? this.#toggle(line) :
				this.#focus(this.#parent(line)),
			" ": () => this.#toggle(line),
			Enter: () => line.dataset.start ? this.#toggle(line) :
				this.chosen(Number(line.dataset.node)),
		}[event.key];

		if (!line || !act)
			return;
		act();
		event.preventDefault();
	}
}
