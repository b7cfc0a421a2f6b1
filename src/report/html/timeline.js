// SPDX-License-Identifier: BSD-2-Clause
// The timeline: memory, descriptors and threads over time, with marks and the tests below. A vertical line
// follows the pointer or the arrow keys, and a sentence says what was there at that moment.
"use strict";

const TIMELINE_LEFT = 72; // room for the numbers of the axes
const TIMELINE_RIGHT = 24;
const TIMELINE_TEST = 18; // height of a row of tests
const TIMELINE_TEST_ROWS = 8;
const TIMELINE_LANES = [
	{id: "memory", name: "memory", height: 150, bytes: true},
	{id: "fds", name: "descriptors", height: 74},
	{id: "threads", name: "threads", height: 74},
];

class Timeline {
	constructor(model, scope) {
		this.model = model;
		this.scope = scope;
		this.choices = timelineProcesses(model);
		this.process = this.choices.length === 1 ? this.choices[0].index : null;
		this.at = null;
		this.select = makeSelect([
			["", `all ${formatCount(this.choices.length)} processes together`],
			...this.choices.map(({process, index}) => [
				index, `${model.processName(index)} ${process.pid}`])], "",
					 (index) => this.#choose(index === "" ? null : Number(index)));
		this.readout = make("p", {class: "readout"});
		this.chart = make("div", {class: "chart"});
		this.tableHolder = make("div");
		this.element = make("div", null,
				    this.choices.length > 1 && make("div", {class: "toolbar"},
								    labelled("Of", this.select)),
				    this.readout, this.chart, this.#asTable());
		scope.changed(() => this.#follow());
		onWidth(this.chart, () => this.#draw());
		this.#load();
	}

	// The process that the reader has chosen elsewhere, if there is something to show of it.
	#follow() {
		const {process} = this.scope;
		const known = this.choices.some(({index}) => index === process);

		this.select.value = known ? String(process) : "";
		this.#choose(known || this.choices.length > 1 ? known ? process : null : this.process);
	}

	#choose(index) {
		this.process = index;
		this.#load();
		this.#draw();
	}

	#load() {
		const chosen = this.process === null ? null : this.model.processes[this.process];

		this.points = chosen ? processPoints(chosen) :
			      sumPoints(this.choices.map(({process}) => process));
		this.steps = !chosen;
		this.lines = TIMELINE_LINES.map((line, i) => ({...line, i})).filter(({i}) =>
			this.points.some(({values}) => values[i] !== null));
		// A process may be older than the trace.
		this.from = Math.min(Math.max(chosen?.start_ns ?? 0, 0), this.points[0].time);
		this.to = Math.max(chosen?.end_ns ?? this.model.report.duration_ns,
				   this.points.at(-1).time);
		this.tests = testRows(this.model.tests, this.model.report.duration_ns)
			.filter(({from, to}) => to >= this.from && from <= this.to);
		this.at = null;
		this.readout.textContent = this.#subject();
		this.#fillTable();
	}

	// --- drawing --------------------------------------------------------------------------

	#draw() {
		const width = this.chart.clientWidth;

		if (!width)
			return;
		const lanes = TIMELINE_LANES.filter(({id}) => this.lines.some(({lane}) => lane === id));
		const rows = Math.min(TIMELINE_TEST_ROWS,
				      Math.max(0, ...this.tests.map(({row}) => row + 1)));
		let top = 4;

		this.x = (time) => TIMELINE_LEFT + (time - this.from) / Math.max(this.to - this.from, 1) *
				   (width - TIMELINE_LEFT - TIMELINE_RIGHT);
		const parts = lanes.map((lane) => {
			const part = this.#lane(lane, top, width);

			top += lane.height + 32;
			return part;
		});
		const axis = this.#axis(top, width);
		const marks = this.#marks(top, width);
		const below = marks.length ? TIMELINE_TEST : 0;
		const tests = this.#testBars(top + 22 + below, rows);
		const height = top + 24 + below + rows * TIMELINE_TEST;

		this.cursor = makeSvg("line", {class: "cursor", y1: 0, y2: height, visibility: "hidden"});
		const svg = makeSvg("svg", {
			width, height, viewBox: `0 0 ${width} ${height}`, tabindex: "0",
			role: "application", "aria-roledescription": "timeline",
			"aria-label": "Timeline. Left and right walk from sample to sample. " +
				"The table below has the same numbers.",
		}, axis, parts, marks, tests, this.cursor);

		svg.addEventListener("pointermove", (event) => this.#pointAt(event));
		svg.addEventListener("pointerleave", () => this.#moveTo(null));
		svg.addEventListener("keydown", (event) => this.#key(event));
		this.chart.replaceChildren(svg);
	}

	#lane(lane, top, width) {
		const lines = this.lines.filter((line) => line.lane === lane.id);
		const highest = Math.max(...lines.map(({i}) =>
			this.points.reduce((max, {values}) => Math.max(max, values[i] ?? 0), 0)));
		const ceiling = niceCeiling(highest, lane.bytes);
		const floor = top + 14 + lane.height;
		const y = (value) => floor - value / ceiling * lane.height;
		const format = lane.bytes ? formatBytes : formatCount;
		const parts = [0, ceiling / 2, ceiling].filter((tick) => lane.bytes || tick % 1 === 0)
			.flatMap((tick) => [
				makeSvg("line", {class: "grid", x1: TIMELINE_LEFT, x2: width - TIMELINE_RIGHT,
						 y1: y(tick), y2: y(tick)}),
				makeSvg("text", {class: "tick", x: TIMELINE_LEFT - 8, y: y(tick) + 4,
						 "text-anchor": "end"}, format(tick)),
			]);
		let x = TIMELINE_LEFT;

		for (const line of lines) {
			parts.push(makeSvg("text", {class: `lane ${line.id}`, x, y: top + 6}, line.name));
			x += line.name.length * 7.5 + 18;
			parts.push(makeSvg("path", {class: `series ${line.id}`, d: this.#path(line.i, y)}));
		}
		return parts;
	}

	// A path through the points; of those in one column of pixels the extremes.
	#path(i, y) {
		const steps = [];
		let column = null, kept = null, height = null;
		const put = (x, value) => {
			if (height !== null && this.steps)
				steps.push(`L${x.toFixed(1)},${height}`);
			height = y(value).toFixed(1);
			steps.push(`${steps.length ? "L" : "M"}${x.toFixed(1)},${height}`);
		};

		for (const {time, values} of this.points) {
			const value = values[i];
			const x = this.x(time);

			if (value === null)
				continue;
			if (Math.floor(x) !== column) {
				column = Math.floor(x);
				kept = {low: value, high: value};
				put(x, value);
			} else if (value < kept.low || value > kept.high) {
				kept.low = Math.min(kept.low, value);
				kept.high = Math.max(kept.high, value);
				put(x, value);
			}
		}
		if (this.steps && height !== null)
			steps.push(`L${this.x(this.to).toFixed(1)},${height}`);
		return steps.join("");
	}

	#axis(top, width) {
		return niceTimes(this.from, this.to, Math.max(2, width / 110)).flatMap((time) => [
			makeSvg("line", {class: "grid", x1: this.x(time), x2: this.x(time), y1: 18, y2: top + 2}),
			makeSvg("text", {class: "tick", x: this.x(time), y: top + 15,
					 "text-anchor": "middle"}, time === 0 ? "0" : formatTime(time)),
		]);
	}

	// A line for each mark, and its name below where there is room for it.
	#marks(top, width) {
		let free = 0;

		return (this.model.report.marks ?? [])
			.filter(({t_ns: time}) => time >= this.from && time <= this.to)
			.flatMap(({name, t_ns: time}) => {
				const x = this.x(time);
				const line = makeSvg("g", {class: "mark"}, makeSvg("title", null, name),
						     makeSvg("line", {x1: x, x2: x, y1: 18, y2: top + 22}));

				if (x < free || x > width - TIMELINE_RIGHT - 8)
					return [line];
				free = x + name.length * 7 + 10;
				return [line, makeSvg("text", {class: "mark", x: x + 3, y: top + 33}, name)];
			});
	}

	// Tests that would cover each other on the screen are drawn once.
	#testBars(top, rows) {
		const right = Array(rows).fill(-1);
		const bars = [];

		for (const test of this.tests) {
			const x = this.x(Math.max(test.from, this.from));
			const end = Math.max(this.x(Math.min(test.to, this.to)), x + 1.5);

			if (test.row >= rows || end <= right[test.row])
				continue;
			right[test.row] = end;
			const room = Math.floor((end - x - 8) / 7);
			const name = test.name.length > room ? `${test.name.slice(0, room - 1)}…` : test.name;

			bars.push(makeSvg("g", {class: `test ${test.verdict}` +
						(this.scope.test === test.index ? " chosen" : ""),
						onclick: () => this.scope.setTest(test.index)},
				makeSvg("title", null, test.name),
				makeSvg("rect", {x, y: top + test.row * TIMELINE_TEST, rx: 2,
						 width: Math.max(end - x - 1, 1), height: TIMELINE_TEST - 3}),
				room > 3 && makeSvg("text", {x: x + 4, y: top + test.row * TIMELINE_TEST + 11},
						    name)));
		}
		return bars;
	}

	// --- the moment that is pointed at ----------------------------------------------------

	#pointAt(event) {
		const x = event.clientX - this.chart.getBoundingClientRect().left;
		let best = 0;

		this.points.forEach(({time}, i) => {
			if (Math.abs(this.x(time) - x) < Math.abs(this.x(this.points[best].time) - x))
				best = i;
		});
		this.#moveTo(best);
	}

	#moveTo(index) {
		this.at = index;
		this.cursor.setAttribute("visibility", index === null ? "hidden" : "visible");
		if (index === null) {
			this.readout.textContent = this.#subject();
			return;
		}
		const {time, values} = this.points[index];

		this.cursor.setAttribute("x1", this.x(time));
		this.cursor.setAttribute("x2", this.x(time));
		this.readout.textContent = this.#sentence(time, values);
	}

	// What the lines are of, while no moment is pointed at.
	#subject() {
		const process = this.model.processes[this.process];

		return process ? `Of ${this.model.processName(this.process)} ${process.pid}` :
		       "Sums over processes, each from its first sample to its end";
	}

	#sentence(time, values) {
		const tests = this.tests.filter(({from, to}) => from <= time && time <= to)
			.map(({name}) => name);
		const mark = (this.model.report.marks ?? []).findLast(({t_ns: at}) => at <= time);
		const parts = this.lines.map(({name, i, lane}) => {
			const value = values[i] === null ? "unknown" :
				      lane === "memory" ? formatBytes(values[i]) : formatCount(values[i]);

			return `${value} ${name}`;
		});

		return `${formatTime(time)}: ${parts.join(", ")}` + (mark ? `, after mark ${mark.name}` : "") +
		       (tests.length ? `, in ${tests.slice(-3).join(", ")}` : "");
	}

	#key(event) {
		const last = this.points.length - 1;
		const next = {
			ArrowRight: this.at === null ? 0 : Math.min(this.at + 1, last),
			ArrowLeft: this.at === null ? last : Math.max(this.at - 1, 0),
			Home: 0, End: last, Escape: null,
		}[event.key];

		if (next === undefined)
			return;
		this.#moveTo(next);
		speak(this.readout.textContent);
		event.preventDefault();
	}

	// --- the same as a table --------------------------------------------------------------

	#asTable() {
		const details = make("details", {class: "as-table"},
				     make("summary", null, "The same as a table"), this.tableHolder);

		details.addEventListener("toggle", () => this.#fillTable());
		this.details = details;
		return details;
	}

	#fillTable() {
		this.tableHolder.replaceChildren();
		if (!this.details?.open)
			return;
		const columns = [
			{name: "Time", value: ({time}) => time, cell: ({time}) => formatTime(time)},
			...this.lines.map(({name, i, lane}) => ({
				name, value: ({values}) => values[i],
				cell: ({values}) => values[i] === null ? null :
					lane === "memory" ? formatBytes(values[i]) : formatCount(values[i]),
			})),
		];
		const table = new Table({columns, caption: "Samples", empty: ""});

		table.show(this.points);
		this.tableHolder.append(table.element);
	}
}
