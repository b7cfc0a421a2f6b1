// SPDX-License-Identifier: BSD-2-Clause
// A table that can be sorted and filtered. Rows are made as they are needed, so that ten thousand
// cost no more than a hundred; on a narrow screen each row becomes a card (in page.css). Roles are
// written out, as browsers forget those of a table that is laid out in another way.
"use strict";

const TABLE_CHUNK = 100; // rows that are added at a time

// columns: [{name, title, text: true, value(row), cell(row)}]: value is what is sorted by, cell what
// is shown (text, element or list; null: nothing). detail(row) makes what a row opens to.
class Table {
	constructor({columns, caption, empty, detail, sort, mark}) {
		Object.assign(this, {columns, empty, detail, mark});
		this.sort = sort ?? {column: columns[0], down: false};
		this.rows = [];
		this.n = 0;
		this.body = make("tbody", {role: "rowgroup"});
		this.heads = columns.map((column) => this.#head(column));
		this.more = make("button", {type: "button", class: "more",
					    onclick: () => this.#addRows()});
		this.none = make("p", {class: "empty"});
		this.table = make("table", {role: "table"},
				  make("caption", {class: "unseen"}, caption),
				  make("thead", {role: "rowgroup"},
				       make("tr", {role: "row"}, this.heads)), this.body);
		this.element = make("div", {class: "table"}, this.table, this.none, this.more);
	}

	#head(column) {
		const button = make("button", {type: "button", title: column.title,
					       onclick: () => this.#sortBy(column)}, column.name);

		return make("th", {scope: "col", role: "columnheader",
				   class: column.text ? null : "number"}, button);
	}

	#sortBy(column) {
		this.sort = {column, down: this.sort.column === column ? !this.sort.down : !column.text};
		this.show(this.rows);
		speak(`sorted by ${column.name}, ${this.sort.down ? "descending" : "ascending"}`);
	}

	show(rows) {
		const {column, down} = this.sort;
		const values = new Map(rows.map((row) => [row, column.value(row)]));

		// What is not known comes last, whatever the direction.
		this.rows = [...rows].sort((a, b) => compareValues(values.get(a), values.get(b), down));
		this.heads.forEach((head, i) => {
			if (this.columns[i] === column)
				head.setAttribute("aria-sort", down ? "descending" : "ascending");
			else
				head.removeAttribute("aria-sort");
		});
		this.body.replaceChildren();
		this.n = 0;
		this.none.textContent = rows.length ? "" : this.empty;
		this.none.hidden = rows.length > 0;
		this.table.hidden = rows.length === 0;
		this.#addRows();
	}

	#addRows() {
		const next = this.rows.slice(this.n, this.n + TABLE_CHUNK);

		this.body.append(...next.map((row) => this.#row(row)));
		this.n += next.length;
		this.more.hidden = this.n >= this.rows.length;
		this.more.textContent = `Show more of ${formatCount(this.rows.length)} ` +
					`(${formatCount(this.n)} are shown)`;
	}

	#row(row) {
		const cells = this.columns.map((column, i) => {
			const content = column.cell(row);
			const blank = content === null || content === undefined;

			return make(i === 0 ? "th" : "td", {
				class: [column.text ? "text" : "number", blank ? "blank" : "",
					column.wide ? "wide" : ""].join(" ").trim(),
				scope: i === 0 ? "row" : null, role: i === 0 ? "rowheader" : "cell",
				"data-name": column.name,
			}, blank ? NOTHING : content);
		});
		const line = make("tr", {role: "row", class: this.mark?.(row)}, cells);

		if (this.detail)
			this.#openable(line, row);
		return line;
	}

	// The button in a row with details opens them in a row of their own.
	#openable(line, row) {
		const button = line.querySelector("button.open");
		let opened = null;
		const toggle = () => {
			if (opened) {
				opened.remove();
				opened = null;
			} else {
				opened = make("tr", {class: "detail", role: "row"},
					      make("td", {colspan: this.columns.length, role: "cell"},
						   this.detail(row)));
				line.after(opened);
			}
			button.setAttribute("aria-expanded", String(opened !== null));
			line.classList.toggle("opened", opened !== null);
		};

		button.setAttribute("aria-expanded", "false");
		line.classList.add("openable");
		line.addEventListener("click", (event) => {
			if (event.target.closest("button") === button ||
			    !event.target.closest("button") && String(getSelection()) === "")
				toggle();
		});
	}
}

function compareValues(a, b, down) {
	const missing = (a === null || a === undefined) - (b === null || b === undefined);

	if (missing || a === null || a === undefined)
		return missing;
	const order = typeof a === "string" ? a.localeCompare(b, "en", {numeric: true}) : a - b;

	return down ? -order : order;
}

// "12.0 KiB /3", as the text report has it; null for nothing.
function amountCell(bytes, blocks) {
	if (!blocks)
		return null;
	return [formatBytes(bytes), make("span", {class: "quiet", "aria-label":
					 `in ${plural(blocks, "block")}`}, ` /${formatCount(blocks)}`)];
}

function countCell(count) {
	return count ? formatCount(count) : null;
}

// Columns about what a test or a process holds; those that nothing is known of are left out.
function totalsColumns(rows) {
	const amount = (name, of, title) => ({
		name, title, value: (row) => row[`${of}_bytes`] ?? null,
		cell: (row) => amountCell(row[`${of}_bytes`], row[`${of}_blocks`]),
		known: (row) => row[`${of}_bytes`] !== null && row[`${of}_bytes`] !== undefined,
	});
	const count = (name, of, title) => ({
		name, title, value: (row) => row[of] ?? null, cell: (row) => countCell(row[of]),
		known: (row) => row[of] !== null && row[of] !== undefined,
	});
	const columns = [
		amount("Lost", "lost", "no pointer to it was left"),
		amount("Reachable", "reachable", "a pointer to it was left at the end"),
		amount("Outstanding", "outstanding", "not released: lost, reachable and not judged"),
		amount("Retained", "retained", "held when the test ended, whatever happened later"),
		{name: "Mappings", title: "mapped and not unmapped",
		 value: (row) => row.mapping_bytes ?? null,
		 cell: (row) => amountCell(row.mapping_bytes, row.mappings),
		 known: (row) => row.mappings > 0},
		count("Fds", "fds", "descriptors that were not closed"),
		count("Threads", "threads", "threads neither joined nor detached"),
		{name: "Peak RSS", title: "the most memory in RAM",
		 value: (row) => row.peak_rss_bytes,
		 cell: (row) => row.peak_rss_bytes ? formatBytes(row.peak_rss_bytes) : null,
		 known: (row) => row.peak_rss_bytes},
	];

	return columns.filter(({known}) => rows.some(known));
}
