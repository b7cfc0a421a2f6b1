// SPDX-License-Identifier: BSD-2-Clause
// Puts the page together: reads the report out of it and adds the parts that there is data for.
"use strict";

function readData(id) {
	return JSON.parse(document.getElementById(id).textContent);
}

function addPart(id, title, count, content) {
	const heading = `${id}-heading`;

	document.getElementById("main").append(
		make("section", {id, "aria-labelledby": heading},
		     make("h2", {id: heading}, title, count > 0 &&
			  make("span", {class: "quiet"}, ` ${formatCount(count)}`)), content));
	document.getElementById("nav").firstChild.append(make("a", {href: `#${id}`}, title));
}

function drawReport() {
	const model = new Model(readData("report"), readData("sources"));
	const scope = new Scope(model);

	document.title = `leaktrace: ${model.report.command?.join(" ") ?? model.report.mode}`;
	document.getElementById("head").append(...summaryHead(model));
	document.getElementById("nav").append(make("div", {class: "links"}), scope.element);
	if (model.tests.length)
		addPart("tests", "Tests", model.tests.length, testsPanel(model, scope));
	if (measuresOf(model).length)
		addPart("flame", "Flame graph", 0, new FlamePanel(model, scope).element);
	if (timelineProcesses(model).length)
		addPart("timeline", "Timeline", 0, new Timeline(model, scope).element);
	addPart("sites", "Call sites", model.groups.length, model.groups.length ?
		new SitesPanel(model, scope).element :
		make("p", {class: "empty"}, "Nothing was left behind."));
	addPart("processes", "Processes", model.processes.length, processesPanel(model, scope));
	if (model.report.suppressions?.length)
		addPart("suppressions", "Suppressions", model.report.suppressions.length,
			suppressionsPanel(model));
	addPart("missed", "What was missed", 0, missedPanel(model));
	searchByKey();
}

// "/" goes to the search of the flame graph, as in other viewers.
function searchByKey() {
	document.addEventListener("keydown", (event) => {
		const field = document.querySelector("#flame input[type=search]");

		if (event.key !== "/" || !field || event.ctrlKey || event.metaKey || event.altKey ||
		    event.target.closest("input, select, textarea"))
			return;
		field.focus();
		event.preventDefault();
	});
}

drawReport();
