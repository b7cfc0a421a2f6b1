// SPDX-License-Identifier: BSD-2-Clause
// What the page knows: the report (schema leaktrace/1, with each stack once, in "stacks") with its
// frames and stacks numbered, so that ten thousand of them are quick to compare, and call sites
// merged over processes. No element is made here.
"use strict";

// Where the code of the system lies: everything else is taken for the user's own.
const SYSTEM_CODE = /^(\/usr)?\/lib(32|64|exec)?\/|^\[|^\/usr\/(bin|sbin|share)\/|\/ld-[^/]*$/;

// What is wrong, if neither a suppression nor the baseline says otherwise.
const LEAK_CLASSES = new Set(["lost", "indirect", "leaked", "bad-close", "growth"]);

class Model {
	constructor(report, sources) {
		this.report = report;
		this.tests = report.tests ?? [];
		this.processes = report.processes ?? [];
		this.labels = []; // what a flame graph has on its frames: functions, and lines
		this.frames = []; // each with the numbers of its two labels
		this.groups = []; // call sites of one test and class, over all processes
		this.sources = new Map((sources?.files ?? []).map((file) =>
			[`${file.directory}\n${file.file}`, file]));
		this.sourcesLeftOut = sources?.left_out ?? 0;
		this.leftOut = report.left_out ?? []; // sums of call sites that are not in the page
		this.#numberSites(report.sites ?? [], report.stacks ?? []);
	}

	// Stacks that look the same are one, whatever their offsets; the report has each of them once.
	#numberSites(sites, stacks) {
		const numbers = {frames: new Map(), labels: new Map(), stacks: new Map()};
		const shared = stacks.map((stack) => this.#numberStack(stack, numbers));
		const groups = new Map();

		for (const site of sites) {
			const {frames, number} = shared[site.stack];
			const key = [site.kind, site.class, site.test_index, site.suppression, site.in_baseline,
				     number].join();
			const group = groups.get(key);

			if (group)
				addSite(group, site);
			else
				groups.set(key, makeGroup(site, frames));
		}
		this.groups = [...groups.values()];
	}

	#numberStack(stack, numbers) {
		const frames = stack.map((frame) => this.#numberFrame(frame, numbers));
		const key = frames.join();
		const known = numbers.stacks.get(key) ?? {frames, number: numbers.stacks.size};

		numbers.stacks.set(key, known);
		return known;
	}

	#numberFrame(frame, numbers) {
		const {function: name, file, directory, line, module, offset} = frame;
		const key = `${name}\n${directory}\n${file}\n${line}\n${module}\n${name && line ? "" : offset}`;
		let number = numbers.frames.get(key);

		if (number !== undefined)
			return number;
		const shown = name ?? (module ? `${baseName(module)}+${offset}` : offset);
		const own = module !== null && name !== "_start" && !SYSTEM_CODE.test(frame.language === "python" ?
								  file ?? "" : module);
		const label = {name: shown, module, own, language: frame.language};
		const place = file && line ? `${file}:${line}` : file;

		number = this.frames.push({
			...label, file, directory, line, offset, inlined: frame.inlined, place,
			byFunction: this.#numberLabel(`${shown}\n${module}`, label, numbers),
			byLine: this.#numberLabel(`${shown}\n${module}\n${place}`,
						  {...label, place}, numbers),
		}) - 1;
		numbers.frames.set(key, number);
		return number;
	}

	#numberLabel(key, label, numbers) {
		let number = numbers.labels.get(key);

		if (number === undefined) {
			number = this.labels.push(label) - 1;
			numbers.labels.set(key, number);
		}
		return number;
	}

	// The frame that a call site is called by: the first one of the user's own code, or the first.
	siteFrame(group) {
		const own = group.stack.find((number) => this.frames[number].own);

		return this.frames[own ?? group.stack[0]] ?? null;
	}

	testName(index) {
		return index === null || index === undefined ? null : this.tests[index]?.name ?? null;
	}

	processName(index) {
		const process = this.processes[index];

		if (!process)
			return "?";
		const name = baseName(process.command?.[0] || process.exe || "?");

		return process.merged ? `${name} (${formatCount(process.merged)} that ended)` : name;
	}

	// The lines around a frame: [{number, text}], or null where the source is not known.
	sourceOf(frame) {
		const file = frame.line ?
			this.sources.get(`${frame.directory}\n${frame.file}`) : undefined;
		const part = file?.parts.find(({first, lines}) =>
			frame.line >= first && frame.line < first + lines.length);

		if (!part)
			return null;
		const from = Math.max(frame.line - 3, part.first);
		const to = Math.min(frame.line + 3, part.first + part.lines.length - 1);
		const lines = [];

		for (let number = from; number <= to; number++)
			lines.push({number, text: part.lines[number - part.first]});
		return {lines, newer: file.newer};
	}
}

function makeGroup(site, stack) {
	const group = {
		kind: site.kind, class: site.class, test: site.test_index, stack,
		end: site.stack_end, root: site.root, suppression: site.suppression ?? null,
		known: site.in_baseline ?? false, blocks: 0, bytes: 0, oldest: 0, grown: null,
		treeBytes: 0, treeBlocks: 0, sites: [],
	};

	addSite(group, site);
	return group;
}

// The part of a call site that belongs to one process, or null.
function groupOfProcess(group, process) {
	const [first, ...more] = group.sites.filter((site) => site.process === process);

	if (!first)
		return null;
	const part = {...makeGroup(first, group.stack), order: group.order};

	for (const site of more)
		addSite(part, site);
	return part;
}

function addSite(group, site) {
	const {growth} = site;

	group.blocks += site.blocks;
	group.bytes += site.bytes ?? 0;
	group.oldest = Math.max(group.oldest, site.oldest_ns ?? 0);
	group.treeBytes += site.tree_bytes ?? 0;
	group.treeBlocks += site.tree_blocks ?? 0;
	// Since the report before; what is about growth, in all.
	if (growth?.length > 1)
		group.grown = (group.grown ?? 0) + growth[growth.length - 1] -
			      growth[site.class === "growth" ? 0 : growth.length - 2];
	group.sites.push(site);
}

// "12.0 KiB in 3 blocks", "2 descriptors"
function amountText(kind, bytes, blocks) {
	return hasBytes(kind) ? `${formatBytes(bytes)} in ${kindWord(kind, blocks)}` :
				kindWord(kind, blocks);
}

// How many call sites of MEASURE (null: of all) are not in the page.
function countLeftOut(model, measure) {
	return model.leftOut.filter((rest) => !measure || isOf(rest, measure))
		.reduce((sum, rest) => sum + rest.call_sites, 0);
}

// How much a call site holds, in its own unit: memory has bytes, descriptors and threads a number.
function hasBytes(kind) {
	return kind === "memory" || kind === "mapping";
}

function formatAmount(kind, amount) {
	return hasBytes(kind) ? formatBytes(amount) : formatCount(amount);
}

function kindWord(kind, count) {
	const words = {
		memory: "block", mapping: "mapping", fd: "descriptor", thread: "thread",
	};

	return plural(count, words[kind] ?? kind);
}

// --- what a flame graph can show -------------------------------------------------------------

// Each measure has an id, a name and says which call sites belong to it. Only those that the report
// has something for are offered.
const MEASURES = [
	{id: "lost", name: "Lost memory", kind: "memory", classes: ["lost", "indirect"]},
	{id: "outstanding", name: "Memory without verdict", kind: "memory", classes: ["outstanding"]},
	{id: "reachable", name: "Reachable memory", kind: "memory", classes: ["reachable"]},
	{id: "held", name: "All memory held", kind: "memory",
	 classes: ["lost", "indirect", "outstanding", "reachable"]},
	{id: "retained", name: "Retained memory", kind: "memory", classes: ["retained"]},
	{id: "peak", name: "Memory at the peak", kind: "memory", classes: ["peak"]},
	{id: "growth", name: "Memory that grows", kind: "memory", classes: ["growth"]},
	{id: "mapping", name: "Mappings", kind: "mapping"},
	{id: "fd", name: "Descriptors", kind: "fd"},
	{id: "thread", name: "Threads", kind: "thread"},
];

function isOf(one, measure) {
	return one.kind === measure.kind &&
	       (!measure.classes || measure.classes.includes(one.class));
}

function belongs(group, measure) {
	return isOf(group, measure) && group.blocks > 0;
}

function measuresOf(model) {
	const found = MEASURES.filter((measure) =>
		model.groups.some((group) => belongs(group, measure)));
	const parts = found.filter(({id}) => ["lost", "outstanding", "reachable"].includes(id));

	// With one part only, "all" would be the same again.
	return found.filter(({id}) => id !== "held" || parts.length > 1);
}
