// SPDX-License-Identifier: BSD-2-Clause
// The top of the page: the verdict, what was run, the sums; and what was missed.
"use strict";

const REPORT_VERDICTS = {
	clean: {word: "No leaks", class: "good"},
	leaks: {word: "Leaks found", class: "bad"},
	incomplete: {word: "Incomplete", class: "warn"},
};

const MODE_WORDS = {
	run: "a command from its first instruction to its end", attach: "running processes",
	system: "processes of the whole machine",
};

function summaryHead(model) {
	const {report} = model;
	const verdict = REPORT_VERDICTS[report.verdict] ?? REPORT_VERDICTS.incomplete;
	const facts = [
		report.started && formatMoment(report.started), `took ${formatTime(report.duration_ns)}`,
		report.exit_status !== null && `exit status ${report.exit_status}`,
		report.report !== null && `report ${report.report}${report.final ? ", the last" : ""}`,
		report.kernel && `Linux ${report.kernel}`, `leaktrace ${report.leaktrace}`,
	].filter(Boolean);

	return [
		make("div", {class: "title"}, make("h1", null, "leaktrace"),
		     make("span", {class: `verdict ${verdict.class}`}, verdict.word)),
		make("p", {class: "command"}, report.command ?
		     make("bdi", {class: "code"}, report.command.map(quoteWord).join(" ")) :
		     MODE_WORDS[report.mode] ?? report.mode),
		make("p", {class: "facts"}, facts.map((fact) => make("span", null, fact))),
		summaryTiles(model),
		report.sample_bytes !== null && make("p", {class: "note warn"},
			"Numbers of memory are estimates: one sample in " +
			`${formatBytes(report.sample_bytes)} was recorded.`),
		summaryLeftOut(countLeftOut(model, null)),
	].filter(Boolean);
}

function summaryLeftOut(count) {
	return count > 0 && make("p", {class: "note warn"},
		"There are more call sites than a browser could hold. This page has the largest of " +
		`each class; ${plural(count, "smaller one is", "smaller ones are")} left out. `,
		make("a", {href: "#missed"}, "What is left out"),
		" is in the sums and in the tables of tests and processes, and as a list in the " +
		"report as JSON.");
}

// As one would type it to a shell.
function quoteWord(word) {
	return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

// "2026-01-31 12:00:00 UTC" of an RFC 3339 time.
function formatMoment(text) {
	return text.replace(/T(\d\d:\d\d:\d\d).*$/, " $1 UTC");
}

function summaryTiles(model) {
	const {totals} = model.report;
	const leaks = model.tests.filter(({verdict}) => verdict === "leaks").length;
	const known = (value) => value !== null && value !== undefined;
	const tile = (name, value, more, bad) => make("div", {class: bad ? "tile bad" : "tile"},
		make("dt", null, name), make("dd", null, value, more && make("small", null, more)));
	const memory = (name, of, bad) => known(totals[`${of}_bytes`]) &&
		tile(name, formatBytes(totals[`${of}_bytes`]),
		     `in ${plural(totals[`${of}_blocks`], "block")}`, bad && totals[`${of}_blocks`] > 0);
	const count = (name, of) => known(totals[of]) &&
		tile(name, formatCount(totals[of]), totals[`${of}_at_exit`] > 0 &&
		     `${formatCount(totals[`${of}_at_exit`])} of them at exit`,
		     totals[of] > (totals[`${of}_at_exit`] ?? 0));

	return make("dl", {class: "tiles"},
		    model.tests.length > 0 && tile("Leaky tests", formatCount(leaks),
						   `of ${formatCount(model.tests.length)}`, leaks > 0),
		    memory("Lost", "lost", true), memory("Reachable", "reachable"),
		    memory("Outstanding", "outstanding"),
		    totals.mappings > 0 && tile("Mappings", formatBytes(totals.mapping_bytes),
						`in ${plural(totals.mappings, "mapping")}`),
		    count("Descriptors", "fds"), count("Threads", "threads"),
		    known(totals.allocations) && tile("Allocations", formatCount(totals.allocations),
						      `${formatCount(totals.frees)} freed`),
		    tile("Processes", formatCount(model.processes.filter(({end}) => end !== "exec").length)));
}

// What suppressions kept from being leaks, those that matched nothing included.
function suppressionsPanel(model) {
	return make("ul", {class: "missed"}, model.report.suppressions.map((one) =>
		make("li", null, make("bdi", {class: "code"}, one.suppression), " ",
		     make("bdi", {class: "place"}, one.where), ` ${one.sites === 0 ? "matched nothing" :
			`${formatBytes(one.bytes)} in ${plural(one.blocks, "block")}, ` +
			plural(one.sites, "call site")}`)));
}

// --- what was missed ----------------------------------------------------------------------------

// What a part of the page that shows MEASURE (null: everything) is without; null: nothing.
function leftOutText(model, measure) {
	const count = countLeftOut(model, measure);

	return count === 0 ? null :
		make("p", {class: "quiet"}, `Without ${plural(count, "smaller call site")}, which ` +
			"are not in this page.");
}

function missedPanel(model) {
	const {losses, notes, sites_hidden: hidden} = model.report;
	const lines = [
		...losses.map(({count, meaning, id}) => make("li", null, make("b", null, formatCount(count)),
			` ${meaning} `, make("span", {class: "code quiet"}, id))),
		hidden > 0 && make("li", null, make("b", null, formatCount(hidden)),
				   " call sites were left out as they are small; they are part of the sums"),
		...model.leftOut.map((rest) => make("li", null,
			"Not in this page: ", make("b", null, plural(rest.call_sites, "smaller call site")),
			` (${rest.kind}: ${rest.class}) with `,
			amountText(rest.kind, rest.bytes, rest.blocks))),
		model.sourcesLeftOut > 0 && make("li", null,
			make("b", null, formatCount(model.sourcesLeftOut)),
			" lines of source were left out, to keep this page small"),
		...notes.map((note) => make("li", null, note)),
	].filter(Boolean);

	return make("div", null,
		    losses.length === 0 && make("p", {class: "good"}, "Nothing was missed."),
		    lines.length > 0 && make("ul", {class: "missed"}, lines));
}
