// SPDX-License-Identifier: BSD-2-Clause
// The flame graph: a call tree on a canvas, callers above what they call. Only frames that are
// wide enough to be seen are laid out, so that the work depends on the width of the screen and
// not on the number of call sites. tree_view.js shows the same tree as text.
"use strict";

const FLAME_ROW = 19; // pixels
const FLAME_NARROW = 1.5; // what is narrower is drawn together with its smaller neighbours
const FLAME_CANVAS_LIMIT = 16e6; // pixels: browsers of phones draw no larger ones

class FlameGraph {
	// zoomed(node) is called when another frame fills the width.
	constructor(zoomed) {
		this.zoomed = zoomed;
		this.canvas = make("canvas", {
			tabindex: "0", role: "application", "aria-roledescription": "flame graph",
		});
		this.outline = make("div", {class: "flame-outline", hidden: true});
		this.tip = make("div", {class: "flame-tip", hidden: true, "aria-hidden": "true"});
		this.element = make("div", {class: "flame"}, this.canvas, this.outline, this.tip);
		this.rows = [];
		this.hit = null;
		this.root = 0;
		this.current = 0;
		this.canvas.addEventListener("mousemove", (event) => this.#pointAt(event));
		this.canvas.addEventListener("mouseleave", () => this.#point(null));
		this.canvas.addEventListener("click", (event) => this.#click(event));
		this.canvas.addEventListener("keydown", (event) => this.#key(event));
		this.canvas.addEventListener("focus", () => this.#pointAtNode(this.current, false));
		this.canvas.addEventListener("blur", () => this.#point(null));
		onWidth(this.element, () => this.paint());
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
	}

	// describe(node) gives the lines of text about a frame.
	show(tree, describe, name) {
		this.tree = tree;
		this.describe = describe;
		this.hit = null;
		this.canvas.setAttribute("aria-label", `Flame graph: ${name}. Arrow keys walk from ` +
			"frame to frame, Enter zooms in, Escape zooms out. The view as a tree has " +
			"the same as text.");
		this.zoom(0);
	}

	// Frames whose label matches stand out; null: no search.
	highlight(hit) {
		this.hit = hit;
		this.paint();
	}

	zoom(node) {
		this.root = node;
		this.current = node;
		this.paint();
		this.zoomed(node);
	}

	// --- layout ---------------------------------------------------------------------------

	// Rows of {node, x, width}; node -1: what is too narrow to be told apart.
	#lay(width) {
		const {tree} = this;
		const rows = [0, ...tree.path(this.root)].filter((node, i, all) => all.indexOf(node) === i)
			.map((node) => [{node, x: 0, width}]);
		const scale = tree.value[this.root] > 0 ? width / tree.value[this.root] : 0;
		const waiting = [{node: this.root, x: 0}];

		while (waiting.length) {
			const {node, x} = waiting.pop();
			const depth = tree.depth[node] + 1;
			const right = x + tree.value[node] * scale;
			let left = x;

			for (const child of tree.children(node)) {
				const wide = tree.value[child] * scale;

				if (wide < FLAME_NARROW)
					break;
				(rows[depth] ??= []).push({node: child, x: left, width: wide});
				waiting.push({node: child, x: left});
				left += wide;
			}
			const narrow = this.#narrowWidth(node, scale, left, x);

			if (narrow >= 0.5)
				(rows[depth] ??= []).push({node: -1, x: left, width:
							   Math.min(narrow, right - left)});
		}
		for (const row of rows)
			row.sort((a, b) => a.x - b.x);
		return rows;
	}

	// The width of the children of NODE that were not laid out.
	#narrowWidth(node, scale, left, x) {
		const {tree} = this;
		const all = tree.children(node).reduce((sum, child) => sum + tree.value[child], 0);

		return all * scale - (left - x);
	}

	// --- painting -------------------------------------------------------------------------

	paint() {
		const width = this.element.clientWidth;

		if (!this.tree || !width)
			return;
		this.rows = this.#lay(width);
		const height = this.rows.length * FLAME_ROW;
		const ratio = Math.min(window.devicePixelRatio || 1,
				       Math.sqrt(FLAME_CANVAS_LIMIT / (width * height)));
		const context = this.canvas.getContext("2d");

		this.canvas.width = Math.round(width * ratio);
		this.canvas.height = Math.round(height * ratio);
		this.canvas.style.height = `${height}px`;
		context.setTransform(ratio, 0, 0, ratio, 0, 0);
		context.font = "11.5px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";
		context.textBaseline = "middle";
		this.#paintRows(context, flameColors());
		this.#point(null);
	}

	#paintRows(context, colors) {
		const letter = context.measureText("m").width;

		this.rows.forEach((row, depth) => {
			for (const {node, x, width} of row) {
				const y = depth * FLAME_ROW;

				context.fillStyle = this.#color(node, colors);
				context.fillRect(x, y, Math.max(width - 0.75, 0.5), FLAME_ROW - 1);
				const room = Math.floor((width - 8) / letter);

				if (node < 0 || room < 3)
					continue;
				const name = this.tree.name(node);

				context.fillStyle = this.#dimmed(node) ? colors.dimText : colors.text;
				context.fillText(name.length > room ? `${name.slice(0, room - 1)}…` : name,
						 x + 4, y + FLAME_ROW / 2);
			}
		});
	}

	#dimmed(node) {
		return this.hit && (node <= 0 || !this.hit[this.tree.label[node]]) ||
		       node < this.root && node > 0;
	}

	#color(node, colors) {
		if (node < 0)
			return colors.narrow;
		if (node === 0)
			return colors.root;
		const label = this.tree.model.labels[this.tree.label[node]];

		if (this.hit)
			return this.hit[this.tree.label[node]] ? colors.hit : colors.dim;
		if (node < this.root)
			return colors.dim;
		const shades = label.language === "python" ? colors.python :
			       label.own ? colors.own : colors.system;

		return shades[textHash(label.name) % shades.length];
	}

	// --- pointing -------------------------------------------------------------------------

	#find(event) {
		const box = this.canvas.getBoundingClientRect();
		const depth = Math.floor((event.clientY - box.top) / FLAME_ROW);
		const x = event.clientX - box.left;

		return this.#place(depth, this.rows[depth]?.find((at) =>
			x >= at.x && x < at.x + at.width));
	}

	#place(depth, at) {
		return at ? {...at, depth} : null;
	}

	#pointAt(event) {
		this.#point(this.#find(event));
	}

	#click(event) {
		const found = this.#find(event);

		if (found && found.node >= 0)
			this.zoom(found.node === this.root ? Math.max(this.tree.parent[found.node], 0) :
				  found.node);
	}

	#point(place) {
		this.outline.hidden = this.tip.hidden = !place;
		if (!place)
			return;
		const {x, width, depth, node} = place;

		Object.assign(this.outline.style, {left: `${x}px`, top: `${depth * FLAME_ROW}px`,
						   width: `${Math.max(width - 1, 1)}px`,
						   height: `${FLAME_ROW - 1}px`});
		const [title, ...lines] = node < 0 ? ["Too narrow to tell apart: zoom in"] :
			this.describe(node);

		this.tip.replaceChildren(make("b", null, title),
					 ...lines.filter(Boolean).map((line) => make("div", null, line)));
		const room = this.element.clientWidth - this.tip.offsetWidth;

		this.tip.style.left = `${Math.max(0, Math.min(x, room))}px`;
		this.tip.style.top = `${(depth + 1) * FLAME_ROW + 4}px`;
	}

	#pointAtNode(node, aloud) {
		const depth = this.rows.findIndex((row) => row.some((at) => at.node === node));

		if (depth < 0)
			return;
		this.current = node;
		this.#point(this.#place(depth, this.rows[depth].find((at) => at.node === node)));
		if (aloud)
			speak(this.describe(node).filter(Boolean).join(", "));
	}

	// --- keys -----------------------------------------------------------------------------

	#key(event) {
		const step = {
			ArrowDown: () => this.tree.children(this.current)[0],
			ArrowUp: () => this.tree.parent[this.current],
			ArrowLeft: () => this.#neighbour(-1),
			ArrowRight: () => this.#neighbour(1),
			Home: () => this.root,
		}[event.key];

		if (step) {
			const node = step();

			if (node !== undefined && node >= 0)
				this.#pointAtNode(node, true);
		} else if (event.key === "Enter" || event.key === " ") {
			this.#zoomByKey(this.current);
		} else if (event.key === "Escape" || event.key === "Backspace") {
			this.#zoomByKey(0);
		} else {
			return;
		}
		event.preventDefault();
	}

	#zoomByKey(node) {
		this.zoom(node);
		this.#pointAtNode(node, true);
	}

	// The next frame in the same row.
	#neighbour(step) {
		const row = this.rows.find((places) => places.some(({node}) => node === this.current)) ?? [];
		const nodes = row.map(({node}) => node).filter((node) => node >= 0);

		return nodes[nodes.indexOf(this.current) + step];
	}
}

// The colours of the style sheet, which differ from light to dark.
function flameColors() {
	const style = getComputedStyle(document.documentElement);
	const get = (name) => style.getPropertyValue(`--flame-${name}`).trim();

	return {
		own: get("own").split(" "), system: get("system").split(" "),
		python: get("python").split(" "), narrow: get("narrow"), root: get("root"),
		hit: get("hit"), dim: get("dim"), text: get("text"), dimText: get("dim-text"),
	};
}

// So that a function has the same shade in every report.
function textHash(text) {
	let hash = 0;

	for (let i = 0; i < text.length; i++)
		hash = (hash * 31 + text.charCodeAt(i)) >>> 0;
	return hash;
}
