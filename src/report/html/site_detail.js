// SPDX-License-Identifier: BSD-2-Clause
// What a call site opens to.
"use strict";

function siteDetail(model, group) {
	return make("div", {class: "site"},
		    make("p", null, siteSentence(model, group)),
		    growthLine(group), siteStack(model, group),
		    STACK_ENDS[group.end] && make("p", {class: "quiet"}, STACK_ENDS[group.end]),
		    siteHolders(model, group), siteObjects(group));
}

function siteSentence(model, group) {
	const processes = new Set(group.sites.map(({process}) => process)).size;

	return [
		amountText(group.kind, group.bytes, group.blocks),
		`, ${group.class}: ${CLASS_WORDS[group.class] ?? ""}`,
		group.treeBlocks > 0 && `; they alone lead to another ` +
			amountText(group.kind, group.treeBytes, group.treeBlocks),
		group.root && ["; held by ", make("bdi", {class: "code"}, group.root)],
		group.suppression && ["; suppressed by ", make("bdi", {class: "code"}, group.suppression)],
		group.known && "; in the baseline",
		processes > 1 && `; in ${plural(processes, "process", "processes")}`,
	];
}

// The stack, with the source of the first frame of the user's own that has any opened.
function siteStack(model, group) {
	const opened = group.stack.findIndex((number) => {
		const frame = model.frames[number];

		return frame.own && model.sourceOf(frame);
	});

	return make("ol", {class: "stack"}, group.stack.map((number, i) => {
		const frame = model.frames[number];
		const source = model.sourceOf(frame);
		const line = [
			make("bdi", {class: "code function"}, frame.name),
			frame.inlined && make("span", {class: "quiet"}, "inlined"),
			make("bdi", {class: "place"}, frame.place ??
			     (frame.module ? `${baseName(frame.module)}+${frame.offset}` : "")),
			frame.place && frame.module &&
				make("bdi", {class: "place module"}, baseName(frame.module)),
		];

		return make("li", {class: frame.own ? null : "system"}, !source ?
			    make("div", {class: "frame"}, line) :
			    make("details", {open: i === opened},
				 make("summary", {class: "frame"}, line), sourceLines(source, frame)));
	}));
}

function sourceLines({lines, newer}, frame) {
	return make("div", {class: "source"},
		    newer && make("p", {class: "quiet"},
				  "This file was changed after the program was built: lines may have moved."),
		    make("pre", null, lines.map(({number, text}) =>
			 make("span", {class: number === frame.line ? "line here" : "line"},
			      make("span", {class: "at", "aria-hidden": "true"}, `${number}`),
			      make("bdi", null, text), "\n"))));
}

// Several processes: what each holds of it.
function siteHolders(model, group) {
	if (group.sites.length < 2)
		return null;
	const sites = [...group.sites].sort((a, b) => b.bytes - a.bytes || b.blocks - a.blocks);
	const shown = sites.slice(0, 20);

	return make("p", {class: "holders"}, "Held by ", shown.map((site, i) => [
		i > 0 && ", ", make("bdi", {class: "code"}, model.processName(site.process)),
		` ${site.pid} (${hasBytes(group.kind) ? formatBytes(site.bytes) :
			formatCount(site.blocks)})`]),
		    sites.length > shown.length &&
			    ` and ${formatCount(sites.length - shown.length)} more`);
}

function siteObjects(group) {
	const objects = group.sites.flatMap((site) => site.objects ?? []).slice(0, 8);
	const words = {
		fd: ({fd, target, flags}) => [`fd ${fd}`, target, flags && `(${flags})`],
		thread: ({tid, name, start_routine: routine}) =>
			[`thread ${tid}`, name, routine && `runs ${routine}`],
	}[group.kind] ?? (({address, bytes}) => [address, formatBytes(bytes)]);

	if (!objects.length)
		return null;
	return make("details", {class: "objects", open: group.kind === "fd" || group.kind === "thread"},
		    make("summary", null, objects.length < group.blocks ?
			 `${objects.length} of them` : "Each of them"),
		    make("ul", null, objects.map((object) =>
			 make("li", {class: "code"}, words(object).filter(Boolean).map((word, i) =>
			      [i > 0 && "  ", make("bdi", null, word)])))));
}

// How the amount went from report to report, when attached, from run to run or from mark to mark.
function growthLine(group) {
	const series = group.sites.length === 1 ? group.sites[0].growth ?? [] : [];

	if (series.length < 2)
		return null;
	const width = 240, height = 36, top = Math.max(...series, 1);
	const points = series.map((value, i) =>
		`${(i * width / (series.length - 1)).toFixed(1)},` +
		`${(height - 2 - (height - 4) * value / top).toFixed(1)}`);

	return make("div", {class: "growth"},
		    makeSvg("svg", {width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
				    "aria-label": `from ${formatAmount(group.kind, series[0])} to ` +
					formatAmount(group.kind, series[series.length - 1])},
			    makeSvg("polyline", {points: points.join(" ")})),
		    make("span", {class: "quiet"}, `${formatAmount(group.kind, series[0])} → ` +
			 `${formatAmount(group.kind, series[series.length - 1])} ` +
			 `over ${plural(series.length, group.class !== "growth" ? "report" :
					group.test === null ? "mark" : "run")}`));
}
