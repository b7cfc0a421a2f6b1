// SPDX-License-Identifier: BSD-2-Clause
// What the reader has chosen to look at: one test, one process, the call sites of one function.
// The flame graph, the timeline and the list of call sites follow; a bar says so and undoes it.
"use strict";

class Scope {
	constructor(model) {
		this.model = model;
		this.test = null; // positions in the report
		this.process = null;
		this.function = null; // {name, module}
		this.listeners = [];
		this.element = make("div", {class: "scope", hidden: true, role: "region",
					    "aria-label": "What is shown"});
	}

	// listener() is called when another test or process is chosen, or when ANYTHING changes.
	changed(listener, anything = false) {
		this.listeners.push({listener, anything});
	}

	setTest(index) {
		this.#set({test: this.test === index ? null : index, process: null, function: null});
	}

	setProcess(index) {
		this.#set({process: this.process === index ? null : index, test: null, function: null});
	}

	setFunction(label) {
		this.#set({function: label});
		document.getElementById("sites")?.scrollIntoView({block: "start"});
	}

	#set(change) {
		Object.assign(this, change);
		this.#draw();
		for (const {listener, anything} of this.listeners) {
			if (anything || "test" in change || "process" in change)
				listener();
		}
	}

	// What of the call sites belongs to it; of those of several processes the part of the chosen one.
	choose(groups, byFunction = false) {
		return groups.filter((group) =>
			(this.test === null || this.#inTest(group.test)) &&
			(!byFunction || this.function === null || this.#calls(group)))
			.map((group) => this.process === null ? group : groupOfProcess(group, this.process))
			.filter((group) => group !== null);
	}

	// A test has what the tests inside it have.
	#inTest(index) {
		while (index !== null && index !== undefined && index !== this.test)
			index = this.model.tests[index]?.parent;
		return index === this.test;
	}

	#calls(group) {
		return group.stack.some((number) => {
			const {name, module} = this.model.frames[number];

			return name === this.function.name && module === this.function.module;
		});
	}

	#draw() {
		const chips = [];
		const chip = (word, name, change) => chips.push(
			make("button", {type: "button", class: "chip", onclick: () => this.#set(change),
					"aria-label": `Show all again, not only ${word} ${name}`},
			     make("span", {class: "quiet"}, word), make("bdi", {class: "code"}, name),
			     make("span", {class: "cross", "aria-hidden": "true"}, "×")));

		if (this.test !== null)
			chip("test", this.model.testName(this.test), {test: null});
		if (this.process !== null)
			chip("process", `${this.model.processName(this.process)} ` +
			     this.model.processes[this.process].pid, {process: null});
		if (this.function !== null)
			chip("function", this.function.name, {function: null});
		this.element.hidden = chips.length === 0;
		this.element.replaceChildren(make("span", {class: "quiet"}, "Only"), ...chips);
	}
}
