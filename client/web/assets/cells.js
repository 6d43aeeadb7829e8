// What a cell holds, as people type it, and as a spreadsheet gives and takes it.
import { number } from './main.js';

// "", "-", "0", "1.234": blank, nil, nil, 1234. Null: not a count. The program judges again.
export function read(text) {
	const s = text.trim();
	if (s === '')
		return { state: 'blank', value: null };
	if (s === '-' || /^0+$/.test(s))
		return { state: 'nil', value: 0 };
	if (!/^\d+$/.test(s) && !/^\d{1,3}(\.\d{3})+$/.test(s) && !/^\d{1,3}(,\d{3})+$/.test(s) && !/^\d{1,3}([ \u00a0]\d{3})+$/.test(s))
		return null;
	const value = Number(s.replace(/\D/g, ''));
	return value ? { state: 'value', value } : { state: 'nil', value: 0 };
}

export const shown = (c) => (c.state === 'blank' ? '' : c.state === 'nil' ? '0' : number(c.value));
export const plain = (c) => (c.state === 'blank' ? '' : String(c.value));

// Rows of cells out of a spreadsheet's text: tabs and lines, quoted where a cell holds one of them.
export function fromSpreadsheet(text) {
	const rows = [[]];
	let cell = '', quoted = false;
	const s = text.replace(/\r\n?/g, '\n').replace(/\n$/, '');
	for (let i = 0; i < s.length; i++) {
		const c = s[i];
		if (quoted && c === '"' && s[i + 1] === '"')
			cell += s[++i];
		else if (quoted ? c === '"' : c === '"' && cell === '')
			quoted = !quoted;
		else if (!quoted && (c === '\t' || c === '\n')) {
			rows[rows.length - 1].push(cell);
			cell = '';
			if (c === '\n')
				rows.push([]);
		} else
			cell += c;
	}
	rows[rows.length - 1].push(cell);
	return rows;
}

// A name that begins like a formula is a text for a spreadsheet, never a command.
const harmless = (v) => (/^[=+\-@\t\r]/.test(v) && !/^-?\d+$/.test(v) ? `'${v}` : v);

export const toSpreadsheet = (rows) => rows.map((r) => r.map((v) => {
	const text = harmless(String(v));
	return /["\t\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}).join('\t')).join('\n') + '\n';

// Without diacritics, to find by.
export const fold = (text) => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/[đĐ]/g, 'd').toLowerCase();

// Does a row of that name and code have each word that somebody types to find it, with or without diacritics?
export const finds = (typed, row) => fold(typed).split(/\s+/).filter(Boolean).every((w) => fold(`${row.name} ${row.unit}`).includes(w));
