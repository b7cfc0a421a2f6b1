// SPDX-License-Identifier: BSD-2-Clause
// Elements, and how numbers are written. What a report says enters the page as text, never as
// markup: programs choose the names of their functions, files and tests.
"use strict";

function fill(element, attributes, children) {
	for (const [name, value] of Object.entries(attributes ?? {})) {
		if (name.startsWith("on"))
			element.addEventListener(name.slice(2), value);
		else if (value === true)
			element.setAttribute(name, "");
		else if (value !== false && value !== null && value !== undefined)
			element.setAttribute(name, value);
	}
	element.append(...children.flat(Infinity).filter((child) =>
		child !== null && child !== undefined && child !== false && child !== ""));
	return element;
}

// make("td", {class: "number", onclick: f}, "text", element, null)
function make(tag, attributes, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

function makeSvg(tag, attributes, ...children) {
	return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes,
		    children);
}

// A label with a control in it: labelled("Merge by", select).
function labelled(text, control) {
	return make("label", {class: "field"}, make("span", null, text), control);
}

// choices: [[value, text]...]; change(value) is called when another one is chosen.
function makeSelect(choices, chosen, change) {
	const select = make("select", {onchange: () => change(select.value)},
			    choices.map(([value, text]) => make("option", {value}, text)));

	select.value = chosen;
	return select;
}

function makeCheckbox(text, change) {
	const box = make("input", {type: "checkbox", onchange: () => change(box.checked)});

	return make("label", {class: "check"}, box, text);
}

// A field to search in; change(text) comes when the typing pauses.
function makeSearch(text, placeholder, change) {
	let timer = 0;
	const input = make("input", {
		type: "search", placeholder, spellcheck: "false", autocomplete: "off",
		oninput: () => {
			clearTimeout(timer);
			timer = setTimeout(() => change(input.value.trim()), 120);
		},
	});

	return {input, field: labelled(text, input)};
}

// Calls draw() when the element has got another width, the first one included; later than the
// browser measures, as what is drawn may change the height of what it measures.
function onWidth(element, draw) {
	let width = 0;

	new ResizeObserver(() => {
		if (element.clientWidth !== width)
			requestAnimationFrame(draw);
		width = element.clientWidth;
	}).observe(element);
}

// Says something to a screen reader.
function speak(text) {
	document.getElementById("spoken").textContent = text;
}

// --- numbers ---------------------------------------------------------------------------------

const NOTHING = "\u2013";

function formatCount(value) {
	return value.toLocaleString("en-US");
}

function formatBytes(value) {
	const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
	const sign = value < 0 ? "-" : "";
	let unit = 0;

	value = Math.abs(value);
	for (; value >= 1024 && unit < units.length - 1; unit++)
		value /= 1024;
	return `${sign}${unit === 0 ? value : value.toFixed(1)}\u00a0${units[unit]}`;
}

// As the text report has it: two digits that matter.
function formatTime(ns) {
	const units = [["ns", 1], ["us", 1e3], ["ms", 1e6], ["s", 1e9], ["min", 60e9], ["h", 3600e9],
		       ["d", 86400e9]];
	const [unit, factor] = units.findLast((one) => ns >= one[1] * 0.9995) ?? units[0];
	const value = ns / factor;

	return `${value < 9.95 && unit !== "ns" ? value.toFixed(1) : Math.round(value)}\u00a0${unit}`;
}

function formatShare(part, whole) {
	return whole > 0 ? `${(100 * part / whole).toFixed(1)}\u00a0%` : NOTHING;
}

// plural(1, "block") is "1 block", plural(2, "block") "2 blocks".
function plural(count, word, words = `${word}s`) {
	return `${formatCount(count)}\u00a0${count === 1 ? word : words}`;
}

function baseName(path) {
	return path.slice(path.lastIndexOf("/") + 1) || path;
}
