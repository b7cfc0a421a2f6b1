// SPDX-License-Identifier: BSD-2-Clause
// What a timeline shows: the samples of one process, or of all of them added up, as points in the
// order of time. Nothing is made up between samples.
"use strict";

const TIMELINE_LINES = [
	{id: "rss", name: "memory in RAM", of: "rss_bytes", lane: "memory"},
	{id: "outstanding", name: "outstanding", of: "outstanding_bytes", lane: "memory"},
	{id: "fds", name: "descriptors", of: "fds", lane: "fds"},
	{id: "threads", name: "threads", of: "threads", lane: "threads"},
];

// The processes that have been looked at more than once, the largest first.
function timelineProcesses(model) {
	return model.processes.map((process, index) => ({process, index}))
		.filter(({process}) => process.samples?.length > 1)
		.sort((a, b) => (b.process.peak_rss_bytes ?? 0) - (a.process.peak_rss_bytes ?? 0));
}

// Points {time, values} of one process; values are in the order of TIMELINE_LINES, null: unknown.
function processPoints(process) {
	return process.samples.map((sample) => ({
		time: sample.t_ns, values: TIMELINE_LINES.map(({of}) => sample[of] ?? null),
	}));
}

// The sum over processes. Each counts from its first sample to its end with what its last sample
// said, so the sum changes when a sample is taken and when a process ends, and at no other time.
function sumPoints(processes) {
	const events = [];

	processes.forEach((process, index) => {
		for (const point of processPoints(process))
			events.push({...point, index});
		if (process.end_ns !== null && process.samples.length)
			events.push({time: Math.max(process.end_ns, process.samples.at(-1).t_ns), index,
				     values: TIMELINE_LINES.map(() => null)});
	});
	events.sort((a, b) => a.time - b.time);

	const last = new Map();
	const sums = TIMELINE_LINES.map(() => 0);
	const known = TIMELINE_LINES.map((_, i) => events.some(({values}) => values[i] !== null));
	const points = [];

	for (const {time, values, index} of events) {
		const before = last.get(index);

		values.forEach((value, i) => {
			sums[i] += (value ?? 0) - (before?.[i] ?? 0);
		});
		last.set(index, values);
		if (points.length && points.at(-1).time === time)
			points.pop();
		points.push({time, values: sums.map((sum, i) => known[i] ? sum : null)});
	}
	return points;
}

// The end of an axis from 0 that holds VALUE, with steps that read well.
function niceCeiling(value, bytes) {
	let unit = 1;

	while (bytes && value / unit >= 1024)
		unit *= 1024;
	const decade = 10 ** Math.floor(Math.log10(Math.max(value / unit, 1)));

	for (const step of [1, 2, 4, 5, 8, 10]) {
		if (step * decade * unit >= value)
			return Math.max(step * decade * unit, bytes ? 1 : 2);
	}
	return value;
}

// At most N times between FROM and TO that read well.
function niceTimes(from, to, n) {
	const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500].flatMap((step) =>
		[step * 1e3, step * 1e6, step * 1e9]).filter((step) => step < 60e9)
		.concat([60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 604800]
			.map((seconds) => seconds * 1e9))
		.sort((a, b) => a - b);
	const step = steps.find((candidate) => (to - from) / candidate <= n) ?? to - from;
	const times = [];

	for (let time = Math.ceil(from / step) * step; time <= to && step > 0; time += step)
		times.push(time);
	return times;
}

// Which row a test is drawn in: below those that it runs inside of or beside.
function testRows(tests, end) {
	const free = []; // when each row is free again

	return tests.map((test, index) => ({
		index, name: test.name, verdict: test.verdict, from: test.start_ns,
		to: test.start_ns + (test.duration_ns ?? Math.max(end - test.start_ns, 0)),
	})).sort((a, b) => a.from - b.from || b.to - a.to).map((test) => {
		let row = free.findIndex((time) => time <= test.from);

		if (row < 0)
			row = free.length;
		free[row] = test.to;
		return {...test, row};
	});
}
