// SPDX-License-Identifier: BSD-2-Clause
// The list of call sites, and what one opens to: its stack, with lines of source where there are
// any, who holds how much of it, and examples.
"use strict";

const CLASS_WORDS = {
	lost: "no pointer to it was left",
	indirect: "only lost memory points to it",
	reachable: "a pointer to it was left",
	retained: "held when its test ended",
	growth: "more of it after each run of its test, or at the last mark than at the first",
	outstanding: "not released; nobody has looked for pointers",
	leaked: "left behind",
	"at-exit": "still there when the process ended",
	"before-attach": "older than the trace",
	"bad-close": "closed without being open",
	peak: "held when its process held most",
};
const CLASS_ORDER = ["lost", "leaked", "growth", "bad-close", "indirect", "outstanding", "retained", "reachable",
		     "at-exit", "before-attach", "peak"];
const KIND_ORDER = ["memory", "mapping", "fd", "thread"];
const KIND_WORDS = {memory: "memory", mapping: "mappings", fd: "descriptors", thread: "threads"};
const STACK_ENDS = {
	"frame-pointer": "This stack was walked by frame pointers: only its first frame is sure.",
	truncated: "The stack goes on: it was deeper than a record holds.",
	unreadable: "The stack goes on: its memory could not be read.",
	"unknown-code": "The stack goes on: there are no unwind rules for what comes next.",
	none: "No stack could be taken.",
};

class SitesPanel {
	constructor(model, scope) {
		this.model = model;
		this.scope = scope;
		this.filter = {what: ""};
		this.search = makeSearch("Filter", "function, file, module or test", () => this.show());
		this.found = make("output", {class: "found"});
		this.table = new Table({
			columns: this.#columns(), caption: "Call sites", empty: "No call site matches.",
			detail: (group) => siteDetail(model, group),
			sort: {column: {value: (group) => group.order, name: ""}, down: false},
		});
		// Kinds do not compare; leaks come first, then the biggest.
		this.groups = [...model.groups].sort((a, b) => rank(a) - rank(b) ||
			b.bytes - a.bytes || b.blocks - a.blocks);
		this.groups.forEach((group, order) => Object.assign(group, {order}));
		this.texts = new Map();
		this.element = make("div", null, make("div", {class: "toolbar"},
						      labelled("Show", this.#what()), this.search.field,
						      this.found),
				    leftOutText(model, null), this.table.element);
		scope.changed(() => this.show(), true);
		this.show();
	}

	#what() {
		const found = [...new Set(this.model.groups.map((group) => `${group.kind} ${group.class}`))];

		found.sort((a, b) => rankOf(...a.split(" ")) - rankOf(...b.split(" ")));
		return makeSelect([["", "everything"], ...found.map((what) => {
			const [kind, name] = what.split(" ");

			return [what, `${KIND_WORDS[kind] ?? kind}: ${name}`];
		})], "", (what) => {
			this.filter.what = what;
			this.show();
		});
	}

	#columns() {
		const {model} = this;
		const tests = model.groups.some(({test}) => test !== null);
		const grown = model.groups.some((group) => group.grown !== null);

		return [
			{name: "Where", text: true, wide: true,
			 value: (group) => model.siteFrame(group)?.name ?? "", cell: (group) => this.#where(group)},
			{name: "Amount", title: "bytes; of descriptors and threads their number",
			 value: (group) => hasBytes(group.kind) ? group.bytes : null,
			 cell: (group) => hasBytes(group.kind) ? formatBytes(group.bytes) : null},
			{name: "Count", value: (group) => group.blocks,
			 cell: (group) => formatCount(group.blocks)},
			grown && {name: "Growth", title: "since the report before",
				  value: (group) => group.grown, cell: growthCell},
			{name: "Class", text: true, value: (group) => rank(group), cell: classBadge},
			tests && {name: "Test", text: true,
				  value: (group) => model.testName(group.test),
				  cell: (group) => group.test === null ? null :
					make("bdi", null, model.testName(group.test))},
			{name: "Age", title: "of the oldest", value: (group) => group.oldest,
			 cell: (group) => group.oldest ? formatTime(group.oldest) : null},
		].filter(Boolean);
	}

	#where(group) {
		const frame = this.model.siteFrame(group);
		const place = frame?.place ?? (frame?.module ? baseName(frame.module) : null);

		return [make("button", {type: "button", class: "open name", title: "show the stack"},
			     make("span", {class: "twist"}),
			     make("bdi", {class: "code"}, frame?.name ?? "unknown")),
			place && make("bdi", {class: "place"}, place)];
	}

	#text(group) {
		let text = this.texts.get(group);

		if (text === undefined) {
			text = [...group.stack.map((number) => labelText(this.model.frames[number])),
				this.model.testName(group.test) ?? "",
				...group.sites.flatMap(({objects}) =>
					objects.map(({target, name}) => target ?? name ?? ""))]
				.join(" ").toLowerCase();
			this.texts.set(group, text);
		}
		return text;
	}

	show() {
		const words = this.search.input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
		const {what} = this.filter;
		const groups = this.scope.choose(this.groups, true).filter((group) =>
			(!what || what === `${group.kind} ${group.class}`) &&
			words.every((word) => this.#text(group).includes(word)));

		this.table.show(groups);
		this.found.textContent = groups.length === this.groups.length ? "" :
			`${formatCount(groups.length)} of ${plural(this.groups.length, "call site")}`;
	}
}

function rankOf(kind, name) {
	return KIND_ORDER.indexOf(kind) + 10 * CLASS_ORDER.indexOf(name);
}

function rank(group) {
	return rankOf(group.kind, group.class);
}

function classBadge(group) {
	const doubtful = group.class === "outstanding" || (group.class === "growth" && group.test === null);
	const kind = group.suppression !== null || group.known ? "calm" : doubtful ? "warn" :
		     LEAK_CLASSES.has(group.class) ? "bad" : "calm";

	return make("span", {class: `badge ${kind}`, title: CLASS_WORDS[group.class]},
		    group.kind === "memory" ? group.class : `${group.kind} ${group.class}`);
}

function growthCell(group) {
	if (!group.grown)
		return null;
	return `${group.grown > 0 ? "+" : ""}${formatAmount(group.kind, group.grown)}`;
}
