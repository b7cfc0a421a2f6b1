// SPDX-License-Identifier: BSD-2-Clause
// The tables of tests and of processes: what each held at its end, and a way to see only that.
"use strict";

const VERDICTS = {
	leaks: {sign: "!", word: "leaks", class: "bad"},
	incomplete: {sign: "?", word: "incomplete", class: "warn"},
	none: {sign: "?", word: "no verdict", class: "warn"},
	clean: {sign: "", word: "clean", class: "good"},
};

const TEST_ORDER = ["leaks", "none", "clean"];

function verdictSign(verdict) {
	const {sign, word, class: kind} = VERDICTS[verdict] ?? VERDICTS.none;

	return make("span", {class: `sign ${kind}`, title: word},
		    make("span", {"aria-hidden": "true"}, sign || "✓"),
		    make("span", {class: "unseen"}, word));
}

// The table with a field to filter it by text, and a choice of verdicts.
class FilteredTable {
	// texts(row): what the search looks through; verdict(row): one of VERDICTS.
	constructor(rows, table, texts, what) {
		const verdicts = [...new Set(rows.map(({verdict}) => verdict))];

		Object.assign(this, {rows, table, texts, what});
		this.search = makeSearch("Filter", "words of the name", () => this.show());
		this.verdict = makeSelect([["", "all"], ...verdicts.map((verdict) =>
					   [verdict, VERDICTS[verdict]?.word ?? verdict])], "",
					  () => this.show());
		this.found = make("output", {class: "found"});
		this.element = make("div", null,
				    rows.length > 1 && make("div", {class: "toolbar"}, this.search.field,
							    verdicts.length > 1 && labelled("Verdict", this.verdict),
							    this.found),
				    table.element);
		this.show();
	}

	show() {
		const words = this.search.input.value.trim().toLowerCase().split(/\s+/);
		const verdict = this.verdict.value;
		const rows = this.rows.filter((row) => {
			const text = this.texts(row).toLowerCase();

			return (!verdict || row.verdict === verdict) &&
			       words.every((word) => text.includes(word));
		});

		this.table.show(rows);
		this.found.textContent = rows.length === this.rows.length ? "" :
			`${formatCount(rows.length)} of ${plural(this.rows.length, ...this.what)}`;
	}
}

function testsPanel(model, scope) {
	const rows = model.tests.map((test, index) => ({...test, index}));
	const name = {
		name: "Test", text: true, wide: true, value: (test) => test.index,
		cell: (test) => [
			verdictSign(test.verdict),
			make("button", {type: "button", class: "name", title: "show only this test",
					onclick: () => scope.setTest(test.index)},
			     make("bdi", null, test.name)),
			make("span", {class: "quiet"}, test.runner),
			test.reason && make("div", {class: "reason"}, `no verdict: ${test.reason}`),
			test.processes_left > 0 && make("div", {class: "reason"},
				`left ${plural(test.processes_left, "process", "processes")} running`),
		],
	};
	const time = {
		name: "Time", value: (test) => test.duration_ns,
		cell: (test) => test.duration_ns === null ? null : formatTime(test.duration_ns),
	};
	const table = new Table({
		columns: [name, ...totalsColumns(rows).filter(({name}) => name !== "Outstanding" ||
			  rows.every((test) => test.lost_bytes === null)), time],
		caption: "Tests", empty: "No test matches.",
		// What needs a look comes first, in the order in which it ran.
		sort: {column: {value: ({verdict}) => TEST_ORDER.indexOf(verdict), name: ""}, down: false},
		mark: (test) => scope.test === test.index ? "chosen" : null,
	});
	const panel = new FilteredTable(rows, table, (test) => `${test.name} ${test.runner}`,
					["test"]);

	scope.changed(() => panel.show());
	return panel.element;
}

function processesPanel(model, scope) {
	const rows = model.processes.map((process, index) => ({...process, index}));
	const ended = (process) => process.merged ? "" : process.signal !== null ? `killed by signal ${process.signal}` :
		process.end === "exit" ? `exit ${process.exit_status ?? "?"}` : process.end;
	const name = {
		name: "Process", text: true, wide: true, value: (process) => process.index,
		cell: (process) => [
			verdictSign(process.verdict),
			make("button", {type: "button", class: "name", title: "show only this process",
					onclick: () => scope.setProcess(process.index)},
			     make("bdi", null, model.processName(process.index))),
			!process.merged && make("span", {class: "quiet"}, `${process.pid}`),
			process.silent && make("div", {class: "reason"}, process.silent),
			process.unjudged && make("div", {class: "reason"}, process.unjudged),
		],
	};
	const table = new Table({
		columns: [name, ...totalsColumns(rows), {
			name: "Allocator", text: true, value: ({allocator}) => allocator,
			cell: ({allocator}) => allocator,
		}, {
			name: "End", text: true, value: ended, cell: ended,
		}],
		caption: "Processes", empty: "No process matches.",
		mark: (process) => scope.process === process.index ? "chosen" : null,
	});
	const panel = new FilteredTable(rows, table, (process) =>
		[process.exe, ...process.command ?? [], process.pid, process.test].join(" "),
					["process", "processes"]);

	scope.changed(() => panel.show());
	return panel.element;
}
