// SPDX-License-Identifier: BSD-2-Clause
// The part of the page around the flame graph: what is shown, how it is merged, the search, where
// one has zoomed to, and the same as a tree.
"use strict";

class FlamePanel {
	constructor(model, scope) {
		this.model = model;
		this.scope = scope;
		this.measures = measuresOf(model);
		this.options = {byLine: false, inverted: false, inBlocks: false};
		this.measure = this.measures[0];
		this.graph = new FlameGraph((node) => this.#zoomed(node));
		this.view = new TreeView((node) => this.#showGraph(node));
		this.view.element.hidden = true;
		this.path = make("div", {class: "path"});
		this.found = make("output", {class: "found"});
		this.empty = make("p", {class: "empty", hidden: true},
				  "Nothing of this is held by what is chosen.");
		this.rest = make("div");
		this.element = make("div", null, this.#toolbar(), this.rest, this.path, this.empty,
				    this.graph.element, this.view.element, this.#legend());
		scope.changed(() => this.refresh());
		this.refresh();
	}

	#toolbar() {
		const refresh = (name) => (value) => {
			this.options[name] = value;
			this.refresh();
		};
		this.unit = labelled("Count", makeSelect([["bytes", "bytes"], ["blocks", "blocks"]], "bytes",
							 (unit) => refresh("inBlocks")(unit === "blocks")));
		this.viewSelect = makeSelect([["graph", "graph"], ["tree", "tree"]], "graph",
					     (view) => this.#setView(view));
		this.search = makeSearch("Search", "function, file or module", () => this.#search());
		return make("div", {class: "toolbar"},
			    labelled("Show", makeSelect(this.measures.map(({id, name}) => [id, name]),
							this.measure.id, (id) => this.#setMeasure(id))),
			    this.unit,
			    labelled("Merge by", makeSelect([["function", "function"], ["line", "line"]],
							    "function", (by) =>
							    refresh("byLine")(by === "line"))),
			    labelled("As", this.viewSelect),
			    makeCheckbox("Inverted", refresh("inverted")),
			    this.search.field, this.found);
	}

	#legend() {
		const python = this.model.labels.some(({language}) => language === "python");

		return make("p", {class: "legend"},
			    make("span", {class: "swatch own"}), "the program and its libraries ",
			    make("span", {class: "swatch system"}), "the system ",
			    python && [make("span", {class: "swatch python"}), "Python "],
			    make("span", {class: "quiet"},
				 "Callers are above what they call; inverted, below."));
	}

	#setMeasure(id) {
		this.measure = this.measures.find((measure) => measure.id === id);
		this.refresh();
	}

	#setView(view) {
		this.graph.element.hidden = view !== "graph";
		this.view.element.hidden = view !== "tree";
		this.path.hidden = view !== "graph";
		if (view === "graph")
			this.graph.paint();
	}

	#showGraph(node) {
		this.viewSelect.value = "graph";
		this.#setView("graph");
		this.graph.zoom(node);
		this.graph.canvas.focus();
	}

	refresh() {
		const {measure, options} = this;
		const counted = !hasBytes(measure.kind);
		const groups = this.scope.choose(this.model.groups.filter((group) =>
			belongs(group, measure)));

		this.unit.hidden = counted;
		this.tree = new CallTree(this.model, groups, {...options, inBlocks: options.inBlocks || counted});
		const blank = this.tree.value[0] === 0;

		this.rest.replaceChildren(...[leftOutText(this.model, measure)].filter(Boolean));
		this.empty.hidden = !blank;
		this.graph.element.classList.toggle("blank", blank);
		this.graph.show(this.tree, (node) => this.#describe(node), measure.name);
		this.view.show(this.tree, (value) => this.#format(value), measure.name);
		this.#search();
	}

	#format(value) {
		return this.tree.value === this.tree.bytes ? formatBytes(value) : formatCount(value);
	}

	#describe(node) {
		const {tree} = this;
		const label = node > 0 ? this.model.labels[tree.label[node]] : {name: this.measure.name};
		const amount = amountText(this.measure.kind, tree.bytes[node], tree.blocks[node]);

		return [label.name, label.place, label.module,
			`${amount}, ${formatShare(tree.value[node], tree.value[0])} of all`];
	}

	// Where the graph has zoomed to, as a way back.
	#zoomed(node) {
		const steps = this.tree.path(node);

		this.path.replaceChildren();
		if (node === 0)
			return;
		this.path.append(
			make("button", {type: "button", onclick: () => this.graph.zoom(0)}, "Zoom out"),
			make("bdi", {class: "code"}, this.tree.name(steps[steps.length - 1])),
			make("span", {class: "quiet"}, this.#describe(node).slice(-1)),
			make("button", {
				type: "button",
				onclick: () => this.scope.setFunction(this.#functionOf(node)),
			}, "List its call sites"));
	}

	// The label of a function, also where frames are merged by line.
	#functionOf(node) {
		const {name, module} = this.model.labels[this.tree.label[node]];

		return {name, module};
	}

	#search() {
		const matches = labelMatcher(this.search.input.value.trim());
		const result = matches && this.tree.search(matches);

		this.graph.highlight(result?.hit ?? null);
		this.found.textContent = !result ? "" : result.n === 0 ? "not found" :
			`${this.#format(result.value)}, ${formatShare(result.value, this.tree.value[0])}`;
	}
}
