// Many units, one form, one period: a grid as in a spreadsheet. Only the rows in sight are elements, so that
// a province's 1,153 units scroll as easily as ten.
import { ask, Refused, h, t, labelled, both, number, period, nilName, opensYear, word, wordSymbol, wordColour, note, question, refresh, sheetLink, figureLink } from './main.js';
import { read, shown, plain, fromSpreadsheet, toSpreadsheet } from './cells.js';
import { preview, reason } from './paste.js';
import { pickUnit } from './pick.js';
import { signFields } from './sign.js';
import { printButton } from './print.js';

const BEYOND = 8; // rows kept beyond either edge
const NAMED = 400; // units named in one confirmation

const cellOf = (raw) => (raw ? { state: raw[0] === null ? 'blank' : raw[0] ? 'value' : 'nil', value: raw[0], word: raw[1] }
	: { state: 'blank', value: null, word: 'empty' });

export async function grid(content, state, [form = 'monthly', p = '', part = '']) {
	const answer = await ask('grid', { form, period: p, unit: part });
	const key = { form: answer.form, period: answer.period };
	const measures = answer.measures;
	const at = new Map(measures.map((m, i) => [m.code, i]));
	const rows = answer.rows.map((r) => ({ ...r, cells: r.cells.map(cellOf) }));
	const byUnit = new Map(rows.map((r, i) => [r.unit, i]));
	const drawn = new Map(); // index: tr
	const beside = new Map(); // unit: its sheet, for what stands beside a figure
	const undo = [], ahead = [];
	const said = h('div', { role: 'alert', id: 'said' });
	const info = h('div', { class: 'info', role: 'status', 'aria-live': 'polite', id: 'info' });
	const box = h('div', { class: 'vgrid' });
	const editor = h('input', { type: 'text', inputmode: 'numeric', autocomplete: 'off', maxlength: 20, id: 'editor' });
	let columns = [], active = { r: 0, c: 0 }, anchor = { r: 0, c: 0 };
	let editing = false, within = false, keeping = false, cumulative = false, oldOk = false, rowHeight = 34, lookAt = 0;

	/* ---- columns: of-which ones only where a parent is above zero ---- */

	const parentAbove = (r, m) => !m.parent || r.cells[at.get(m.parent)].value > 0;
	const asked = (r, m) => parentAbove(r, m) || r.cells[at.get(m.code)].value > 0;
	const writable = (r, m) => r.write && asked(r, m);

	function pickColumns() {
		const list = [];
		const shownNow = measures.filter((m) => !m.parent || rows.some((r) => asked(r, m)));
		shownNow.forEach((m, i) => {
			list.push({ m, index: at.get(m.code) });
			if (m.group && !shownNow.slice(i + 1).some((x) => x.group === m.group)) // of-which figures may stand between
				list.push({ sum: shownNow.filter((x) => x.group === m.group).map((x) => at.get(x.code)), of: at.get(m.parent),
					name: measures[at.get(m.parent)].name });
		});
		const same = list.length === columns.length && list.every((c, i) => c.index === columns[i].index);
		columns = list;
		return !same;
	}

	/* ---- what is shown ---- */

	const sumOf = (r, c) => c.sum.reduce((n, i) => n + (r.cells[i].value || 0), 0);

	function cellText(r, c) {
		if (c.sum) {
			const n = sumOf(r, c), of = r.cells[c.of].value || 0;
			return of || n ? `${n === of ? '✓' : '≠'} ${number(n)}` : '';
		}
		if (!asked(r, c.m))
			return '·';
		const cell = r.cells[c.index];
		return `${['empty', 'acked'].includes(cell.word) ? '' : wordSymbol(cell.word) + ' '}${shown(cell)}`;
	}

	function cellName(r, c) {
		if (c.sum)
			return `${r.name}, ${t('group-sum', { of: both(c.name) })}: ${number(sumOf(r, c))}`;
		const cell = r.cells[c.index];
		return `${r.name}, ${both(c.m.name)}: ${cell.state === 'blank' ? t('blank') : shown(cell)}, ${t('word-' + cell.word)}`;
	}

	const inBlock = (r, c) => r >= Math.min(anchor.r, active.r) && r <= Math.max(anchor.r, active.r) &&
		c >= Math.min(anchor.c, active.c) && c <= Math.max(anchor.c, active.c);

	function drawRow(i) {
		const r = rows[i];
		return h('tr', { role: 'row', 'aria-rowindex': i + 2, 'data-row': i },
			h('th', { scope: 'row', role: 'rowheader', title: [r.name, r.contact, r.phone].filter(Boolean).join(' ') },
				h('span', { class: wordColour(r.word), title: t('word-' + r.word) }, wordSymbol(r.word)), ' ', r.name),
			columns.map((c, j) => h('td', { role: 'gridcell', id: `cell-${i}-${j}`, 'aria-colindex': j + 2, 'data-column': j,
				'aria-label': cellName(r, c), title: cellName(r, c), 'aria-selected': String(inBlock(i, j)),
				'aria-readonly': c.sum || !writable(r, c.m) ? 'true' : null,
				class: ['n', c.sum ? 'sum' : wordColour(r.cells[c.index].word), i === active.r && j === active.c ? 'active' : '',
					inBlock(i, j) ? 'block' : '', c.sum || !writable(r, c.m) ? 'closed' : ''].join(' ') }, cellText(r, c))));
	}

	const padding = [h('tr', { class: 'pad', 'aria-hidden': 'true' }, h('td')), h('tr', { class: 'pad', 'aria-hidden': 'true' }, h('td'))];
	const body = h('tbody', null, padding);
	const foot = h('tfoot');
	const head = h('thead');
	const table = h('table', { role: 'grid', tabindex: 0, 'aria-rowcount': rows.length + 1, 'aria-multiselectable': 'true',
		'aria-label': `${both(answer.form_name)}, ${period(answer.period)}`, id: 'grid', autofocus: true }, head, body, foot);
	box.append(table);

	// A long name gets a wide column: whole in four lines, where a narrow one would need eight.
	const wide = (name) => (name.length > 48 ? 'long' : name.length > 32 ? 'middling' : null);

	function drawHead() {
		head.replaceChildren(h('tr', { role: 'row', 'aria-rowindex': 1 }, h('th', { scope: 'col' }, t('unit')), columns.map((c) => {
			const name = c.sum ? t('group-sum', { of: both(c.name) }) : both(c.m.name);
			return h('th', { scope: 'col', class: 'n' }, h('span', { class: wide(name) }, name));
		})));
		table.setAttribute('aria-colcount', columns.length + 1);
	}

	function drawFoot() {
		const total = (c) => rows.reduce((n, r) => n + (c.sum ? sumOf(r, c) : r.cells[c.index].value || 0), 0);
		const filled = (c) => rows.filter((r) => r.cells[c.index].state !== 'blank').length;
		foot.replaceChildren(h('tr', null, h('th', { scope: 'row' }, t('total-of', { n: number(rows.length) })),
			columns.map((c) => h('td', { class: 'n', title: c.sum ? '' : t('filled', { n: number(filled(c)), of: number(rows.length) }) },
				number(total(c))))));
	}

	function render() {
		const first = Math.max(0, Math.floor(box.scrollTop / rowHeight) - BEYOND);
		const last = Math.min(rows.length, Math.ceil((box.scrollTop + box.clientHeight) / rowHeight) + BEYOND);
		for (const [i, tr] of drawn)
			if ((i < first || i >= last) && !(editing && i === active.r)) {
				tr.remove();
				drawn.delete(i);
			}
		let before = padding[0];
		for (let i = first; i < last; i++) {
			if (!drawn.has(i)) {
				drawn.set(i, drawRow(i));
				before.after(drawn.get(i));
			}
			before = drawn.get(i);
		}
		padding[0].firstChild.style.height = `${first * rowHeight}px`;
		padding[1].firstChild.style.height = `${(rows.length - last) * rowHeight}px`;
		table.setAttribute('aria-activedescendant', `cell-${active.r}-${active.c}`);
	}

	function redraw(i) {
		if (!drawn.has(i))
			return;
		const tr = drawRow(i);
		drawn.get(i).replaceWith(tr);
		drawn.set(i, tr);
	}

	function redrawAll() {
		for (const tr of drawn.values())
			tr.remove();
		drawn.clear();
		render();
	}

	/* ---- beside the active figure: before, a year ago, since 1 January ---- */

	async function tell() {
		const turn = ++lookAt;
		const r = rows[active.r], c = columns[active.c];
		if (!r || !c)
			return;
		const head_ = [h('strong', null, r.name), ' ', r.phone ? `☎ ${[r.contact, r.phone].filter(Boolean).join(' ')} ` : ''];
		if (c.sum) {
			info.replaceChildren(...head_, t('group-sum', { of: both(c.name) }));
			return;
		}
		const cell = r.cells[c.index];
		info.replaceChildren(...head_, `${both(c.m.name)}: `, word(cell.word === 'empty' ? 'open' : cell.word));
		await new Promise((go_) => setTimeout(go_, 120));
		if (turn !== lookAt)
			return;
		try {
			if (!beside.has(r.unit))
				beside.set(r.unit, (await ask('sheet', { ...key, unit: r.unit })).sheet);
		} catch {
			return;
		}
		if (turn !== lookAt)
			return;
		const m = beside.get(r.unit).measures.find((x) => x.code === c.m.code);
		const now = editing ? read(editor.value) : cell;
		const month = cumulative && editing && now && now.value !== null && m.kind === 'flow' ? now.value - m.year : null;
		info.replaceChildren(...head_, `${both(c.m.name)}: `, word(cell.word === 'empty' ? 'open' : cell.word), ' ',
			[[t('before'), m.before], [t('year-ago'), m.year_ago], m.kind === 'flow' ? [t('year-total'),
				month === null ? m.year + ((now && now.value) || 0) : now.value] : null].filter(Boolean)
				.map(([n, v]) => `${n}: ${v === null ? '–' : number(v)}`).join(' · '),
			m.gap && m.kind === 'flow' ? ` * ${t('gap')}` : '',
			month === null ? '' : h('strong', null, ` = ${t('this-month', { n: number(month) })}`), ' ',
			h('a', { href: sheetLink(r.unit, key.form, key.period) }, t('open-sheet')));
	}

	/* ---- moving ---- */

	function show(r) {
		const top = r * rowHeight, edge = head.offsetHeight + foot.offsetHeight;
		if (top < box.scrollTop)
			box.scrollTop = top;
		else if (top + rowHeight > box.scrollTop + box.clientHeight - edge)
			box.scrollTop = top + rowHeight - box.clientHeight + edge;
	}

	// What stands still at the edges, names, heads and totals, covers nothing of the active figure.
	function bare() {
		const cell = drawn.get(active.r)?.children[active.c + 1];
		if (!cell)
			return;
		box.style.scrollPadding = `${head.offsetHeight}px 0 ${foot.offsetHeight}px ${head.rows[0].cells[0].offsetWidth}px`;
		cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
	}

	function go(r, c, extend) {
		const from = active, old = anchor;
		active = { r: Math.max(0, Math.min(rows.length - 1, r)), c: Math.max(0, Math.min(columns.length - 1, c)) };
		if (!extend)
			anchor = active;
		show(active.r);
		const touched = [from.r, active.r, old.r];
		for (let i = Math.min(...touched); i <= Math.max(...touched); i++)
			redraw(i);
		render();
		bare();
		buttons();
		tell();
	}

	// The next figure that is asked for; over the end of a row to the next one.
	function next(by) {
		let { r, c } = active;
		for (let n = rows.length * columns.length; n > 0; n--) {
			c += by;
			if (c < 0 || c >= columns.length) {
				r += by;
				c = by > 0 ? 0 : columns.length - 1;
			}
			if (r < 0 || r >= rows.length)
				return null;
			if (!columns[c].sum && writable(rows[r], columns[c].m))
				return { r, c };
		}
		return null;
	}

	/* ---- keeping ---- */

	function take(fresh) {
		for (const row of fresh || []) {
			const i = byUnit.get(row.unit);
			if (i === undefined)
				continue;
			rows[i] = { ...row, cells: row.cells.map(cellOf) };
			beside.delete(row.unit);
		}
		if (pickColumns()) {
			drawHead();
			redrawAll();
			active.c = Math.min(active.c, columns.length - 1);
		} else
			for (const row of fresh || [])
				redraw(byUnit.get(row.unit));
		drawFoot();
		buttons();
	}

	// `changes`: [{unit, cells: {code: text}}]. All of them are kept, or none.
	async function put(changes, keepUndo) {
		const before = changes.map((x) => ({ unit: x.unit, cells: Object.fromEntries(Object.keys(x.cells).map((code) =>
			[code, plain(rows[byUnit.get(x.unit)].cells[at.get(code)])])) }));
		const send = () => ask('put', { ...key, old_ok: oldOk, cumulative: cumulative && keepUndo,
			rows: changes.map((x) => ({ ...x, seen: rows[byUnit.get(x.unit)].seen })) });
		keeping = true;
		try {
			let got;
			try {
				got = await send();
			} catch (e) { // something else of these rows has moved: these figures may be as they were
				if (!(e instanceof Refused) || e.status !== 409)
					throw e;
				take(e.answer.rows);
				if (before.some((x) => Object.entries(x.cells).some(([code, text]) =>
					plain(rows[byUnit.get(x.unit)].cells[at.get(code)]) !== text)))
					throw e;
				got = await send();
			}
			take(got.rows);
			if (keepUndo)
				undo.push(before);
			said.replaceChildren();
			refresh();
			return true;
		} catch (e) {
			tellProblems(e);
			ahead.length = 0;
			return false;
		} finally {
			keeping = false;
		}
	}

	function tellProblems(e) {
		const list = (e instanceof Refused && e.answer.problems) || [];
		said.replaceChildren(note('block', `✖ ${e instanceof Refused ? e.message : t('gone')}`,
			h('ul', null, list.map((x) => {
				const r = rows[byUnit.get(x.unit)], m = measures[at.get(x.measure)];
				return h('li', null, `${[r ? r.name : x.unit, m ? both(m.name) : ''].filter(Boolean).join(', ')}: ${x.text}`);
			}))));
		if (e instanceof Refused)
			take(e.answer.rows);
	}

	/* ---- typing ---- */

	const place = () => drawn.get(active.r)?.children[active.c + 1];

	function startEditing(text) {
		const r = rows[active.r], c = columns[active.c];
		if (!r || c.sum || !writable(r, c.m) || !place())
			return;
		editing = true;
		within = text === null; // arrows move in the text
		editor.setAttribute('aria-label', cellName(r, c));
		editor.value = text === null ? plain(r.cells[c.index]) : text;
		place().replaceChildren(editor);
		editor.focus();
		editor.setSelectionRange(editor.value.length, editor.value.length);
		tell();
	}

	function stopEditing() {
		editing = false;
		redraw(active.r);
		table.focus({ preventScroll: true });
	}

	// False: it could not be kept, and the field is not left.
	async function keep() {
		if (!editing)
			return true;
		const r = rows[active.r], c = columns[active.c], text = editor.value.trim();
		if (text === plain(r.cells[c.index]) && !cumulative) {
			stopEditing();
			return true;
		}
		editor.setAttribute('aria-busy', 'true');
		const done = await put([{ unit: r.unit, cells: { [c.m.code]: text } }], true);
		editor.removeAttribute('aria-busy');
		if (done)
			stopEditing();
		else if (place() && !editor.isConnected) { // its row was drawn anew meanwhile
			place().replaceChildren(editor);
			editor.focus();
		}
		return done;
	}

	async function undoOne() {
		const last = undo.pop();
		if (last && await put(last, false))
			go(byUnit.get(last[0].unit), active.c);
	}

	/* ---- blocks ---- */

	const block = () => {
		const [r0, r1] = [Math.min(anchor.r, active.r), Math.max(anchor.r, active.r)];
		const [c0, c1] = [Math.min(anchor.c, active.c), Math.max(anchor.c, active.c)];
		return { rows: rows.slice(r0, r1 + 1), columns: columns.slice(c0, c1 + 1) };
	};

	table.addEventListener('copy', (e) => {
		if (editing)
			return;
		const b = block();
		const names = b.rows.length > 1 && b.columns.length === columns.length; // whole rows take their names along
		const values = b.rows.map((r) => [...(names ? [r.unit, r.name] : []),
			...b.columns.map((c) => (c.sum ? sumOf(r, c) : plain(r.cells[c.index])))]);
		e.clipboardData.setData('text/plain', toSpreadsheet(names ? [[t('code'), t('unit'), ...b.columns.map((c) =>
			(c.sum ? t('group-sum', { of: both(c.name) }) : both(c.m.name)))], ...values] : values));
		e.preventDefault();
	});

	table.addEventListener('paste', async (e) => {
		if (editing)
			return;
		e.preventDefault();
		await pasteText(e.clipboardData.getData('text/plain'));
	});

	async function pasteText(text) {
		const from = { r: Math.min(anchor.r, active.r), c: Math.min(anchor.c, active.c) };
		const typed = columns.slice(from.c).filter((c) => !c.sum);
		const lines = fromSpreadsheet(text).map((line, i) => ({ row: rows[from.r + i], line }));
		const known = lines.filter((l) => l.row);
		if (!known.length)
			return;
		// A parent that comes with the same line may open its of-which figures.
		const opens = (l, m) => !m.parent || l.line.some((x, j) => typed[j] && typed[j].m.code === m.parent && read(x)?.value > 0);
		const shownLines = known.map((l) => ({ name: l.row.name, cells: l.line.slice(0, typed.length).map((x, j) => ({
			name: both(typed[j].m.name), text: x,
			why: reason(x, l.row.write && (asked(l.row, typed[j].m) || opens(l, typed[j].m) || x.trim() === '')) })) }));
		const over = lines.length - known.length;
		if (over || lines.some((l) => l.line.length > typed.length))
			shownLines[0].cells.push({ name: t('paste-edge'), text: '', why: t('paste-beyond') });
		if (!await preview(shownLines))
			return;
		await put(known.map((l) => ({ unit: l.row.unit, cells: Object.fromEntries(l.line.slice(0, typed.length)
			.map((x, j) => [typed[j].m.code, x.trim()]).filter(([code, x]) => x !== '' || l.row.cells[at.get(code)].state !== 'blank')) })), true);
		table.focus({ preventScroll: true });
	}

	/* ---- signing for the units of the block ---- */

	const chosen = () => block().rows.filter((r) => r.write);

	async function sign(nil) {
		let list = chosen();
		const fields = signFields(list.some((r) => !r.own), list.some((r) => r.own) && state.role === 'clerk', false, state.today);
		if (!list.length)
			return;
		const names = h('ul', { class: 'names', id: 'named', tabindex: 0 }, list.slice(0, NAMED).map((r) => h('li', null, r.name)),
			list.length > NAMED ? h('li', null, t('more-messages', { n: number(list.length - NAMED) })) : null);
		const yes = await question({ title: t(nil ? nilName(key.period) : 'sign'), fields, body: names,
			text: t(nil ? 'nil-many' : 'sign-many', { n: number(list.length), p: period(answer.period) }), yes: t('sign') });
		if (!yes)
			return;
		for (let tries = 0; tries < 2; tries++) {
			try {
				const got = await ask('submit_many', { ...key, ...yes, nil, old_ok: oldOk,
					rows: list.map((r) => ({ unit: r.unit, seen: rows[byUnit.get(r.unit)].seen })) });
				take(got.rows);
				said.replaceChildren(note('good', `✓ ${t('signed-many', { n: number(list.length), p: period(answer.period) })} `,
					h('a', { href: '#/exchange' }, t('page-exchange'))));
				break;
			} catch (e) {
				tellProblems(e);
				const bad = new Set(((e instanceof Refused && e.answer.problems) || []).map((x) => x.unit));
				const rest = list.filter((r) => !bad.has(r.unit));
				if (tries || !bad.size || !rest.length || !await question({ title: t('leave-out-title'),
					text: t('leave-out', { n: number(bad.size), rest: number(rest.length) }), yes: t('leave-out-yes'),
					body: h('ul', { class: 'names', tabindex: 0 }, [...bad].map((u) => h('li', null, rows[byUnit.get(u)].name))) }))
					break;
				list = rest;
			}
		}
		refresh();
		table.focus({ preventScroll: true });
	}

	const nilButton = h('button', { type: 'button', id: 'nil-many', onclick: () => sign(true) });
	const signButton = h('button', { type: 'button', class: 'main', id: 'sign-many', onclick: () => sign(false) });

	function buttons() {
		const n = number(chosen().length);
		nilButton.textContent = `${t(nilName(key.period))} (${n})`;
		signButton.textContent = `${t('sign')} (${n}, Ctrl+S)`;
	}

	async function goToUnit() {
		const u = await pickUnit(rows);
		if (u)
			go(byUnit.get(u.unit), active.c);
		table.focus({ preventScroll: true });
	}

	/* ---- keys ---- */

	const page = () => Math.max(1, Math.floor(box.clientHeight / rowHeight) - 3);

	// Where a key leads; null: not ours.
	function target(e) {
		const { r, c } = active;
		const end = { r: rows.length - 1, c: columns.length - 1 };
		switch (e.key) {
		case 'Enter': return { r: r + (e.shiftKey ? -1 : 1), c };
		case 'Tab': return next(e.shiftKey ? -1 : 1);
		case 'ArrowDown': return { r: r + 1, c };
		case 'ArrowUp': return { r: r - 1, c };
		case 'ArrowLeft': return within && editing ? null : { r, c: c - 1 };
		case 'ArrowRight': return within && editing ? null : { r, c: c + 1 };
		case 'PageDown': return { r: r + page(), c };
		case 'PageUp': return { r: r - page(), c };
		case 'Home': return e.ctrlKey ? { r: 0, c: 0 } : within && editing ? null : { r, c: 0 };
		case 'End': return e.ctrlKey ? end : within && editing ? null : { r, c: end.c };
		default: return null;
		}
	}

	// Keys with Ctrl, and those that begin or end typing. True: done.
	async function command(e) {
		const k = e.key.toLowerCase();
		if (e.ctrlKey && k === 's')
			return (await keep()) && await sign(false), true;
		if (e.ctrlKey && k === 'g')
			return (await keep()) && await goToUnit(), true;
		if (e.ctrlKey && k === 'z' && !editing)
			return await undoOne(), true;
		if (e.ctrlKey && k === 'a' && !editing) {
			anchor = { r: 0, c: 0 };
			return go(rows.length - 1, columns.length - 1, true), true;
		}
		if (e.shiftKey && e.key === ' ' && !editing) { // the whole row
			anchor = { r: anchor.r, c: 0 };
			return go(active.r, columns.length - 1, true), true;
		}
		if (e.key === 'F2')
			return startEditing(null), true;
		if (e.key === 'Escape' && editing)
			return stopEditing(), true;
		if (e.key === 'Delete' && !editing)
			return startEditing(''), await keep(), true;
		return false;
	}

	const isCommand = (e) => (e.ctrlKey && 'sgza'.includes(e.key.toLowerCase()) && !(editing && 'za'.includes(e.key.toLowerCase()))) ||
		(e.shiftKey && e.key === ' ' && !editing) || e.key === 'F2' || (e.key === 'Escape' && editing) || (e.key === 'Delete' && !editing);

	async function press(e, replayed) {
		const stop = () => { if (!replayed) e.preventDefault(); };
		if (keeping) {
			stop();
			ahead.push({ key: e.key, shiftKey: e.shiftKey, ctrlKey: e.ctrlKey });
			return;
		}
		if (!e.ctrlKey && !editing && e.key.toLowerCase() === 'l' && !columns[active.c].sum) {
			stop();
			location.hash = figureLink(rows[active.r].unit, key.form, key.period, columns[active.c].m.code);
			return;
		}
		if (isCommand(e)) {
			stop();
			await command(e);
			return;
		}
		const to = target(e);
		if (to) {
			stop();
			const extend = e.shiftKey && e.key.startsWith('Arrow');
			const to_ = [to.r, columns[to.c] ? columns[to.c].index ?? null : null];
			if (await keep()) { // columns may have come or gone with the figure
				const c = to_[1] === null ? to.c : columns.findIndex((x) => x.index === to_[1]);
				const tab = e.key === 'Tab' && c >= 0 ? next(e.shiftKey ? -1 : 1) : null;
				go(tab ? tab.r : to.r, tab ? tab.c : c < 0 ? to.c : c, extend);
			}
			while (ahead.length && !keeping)
				await press(ahead.shift(), true);
			return;
		}
		if (!e.ctrlKey && !e.altKey && !e.metaKey && e.key.length === 1 && !editing && /[\d\-]/.test(e.key)) {
			stop();
			startEditing(e.key);
		} else if (replayed && editing && e.key.length === 1)
			editor.value += e.key;
	}

	table.addEventListener('keydown', (e) => press(e, false));
	editor.addEventListener('input', tell);
	editor.addEventListener('blur', () => { if (editing && !keeping && editor.isConnected) keep(); });
	body.addEventListener('mousedown', async (e) => {
		const td = e.target.closest('td[data-column]');
		if (!td || e.target === editor)
			return;
		const to = { r: Number(td.parentNode.dataset.row), c: Number(td.dataset.column) };
		const extend = e.shiftKey;
		e.preventDefault();
		if (await keep()) {
			go(to.r, to.c, extend);
			table.focus({ preventScroll: true });
		}
	});
	body.addEventListener('mousemove', (e) => {
		const td = e.buttons === 1 && !editing && e.target.closest('td[data-column]');
		if (td)
			go(Number(td.parentNode.dataset.row), Number(td.dataset.column), true);
	});
	body.addEventListener('dblclick', () => startEditing(null));
	let due = false;
	box.addEventListener('scroll', () => {
		if (!due)
			requestAnimationFrame(() => { due = false; render(); });
		due = true;
	});

	/* ---- the page ---- */

	const link = (f, q, u) => { location.hash = `#/grid/${[f, q, u].map(encodeURIComponent).join('/')}`; };
	const periods = h('select', { id: 'period', onchange: (e) => link(key.form, e.target.value, part) },
		[...new Set([answer.period, ...answer.periods])].sort().reverse().map((q) =>
			h('option', { value: q, selected: q === answer.period }, period(q))));
	const forms = h('select', { id: 'form', onchange: (e) => link(e.target.value, '', part) }, // whichever period it has
		answer.forms.map((f) => h('option', { value: f.form, selected: f.form === answer.form }, both(f.name))));
	const whole = answer.forms.some((f) => f.form === answer.form && f.whole);
	const parts = h('select', { id: 'part', onchange: (e) => link(key.form, answer.period, e.target.value) },
		h('option', { value: '' }, t('all-units')),
		answer.parts.map((u) => h('option', { value: u.unit, selected: u.unit === part }, u.name)));
	const sums = h('input', { type: 'checkbox', id: 'cumulative', onchange: (e) => { cumulative = e.target.checked; tell(); } });
	const old = h('input', { type: 'checkbox', id: 'old', onchange: (e) => { oldOk = e.target.checked; } });
	content.append(h('h1', null, `${both(answer.form_name)}, ${period(answer.period)}`),
		h('div', { class: 'row' }, answer.forms.length > 1 ? labelled('col-form', forms) : null,
			labelled('col-period', periods), labelled('part', parts),
			opensYear(key.period) ? null : h('span', null, sums, ' ', h('label', { for: 'cumulative' }, t('type-cumulative'))),
			answer.age === 'old' ? [old, h('label', { for: 'old' }, `⚠ ${t('old-yes')}`)] : null,
			h('button', { type: 'button', onclick: goToUnit }, `${t('go-to-unit')} (Ctrl+G)`),
			whole ? printButton(state, () => ({ paper: 'form', title: `${both(answer.form_name)}, ${period(answer.period)}`,
				given: { unit: part || state.unit, form: answer.form, period: answer.period } }), 'print-form', 'print-form') : null), said);
	if (!rows.length) {
		content.append(note('', t('no-rows-period')));
		return null;
	}
	pickColumns();
	content.append(box, info, h('div', { class: 'row' }, nilButton, signButton),
		h('p', { class: 'row legend' }, ['draft', 'queued', 'acked', 'provisional', 'contested', 'computed', 'locked', 'amended'].map(word)),
		h('p', { class: 'keys' }, t('grid-keys')));
	drawHead();
	drawFoot();
	buttons();
	requestAnimationFrame(() => { // once it has a size
		rowHeight = parseFloat(getComputedStyle(document.documentElement).fontSize) * 2;
		render();
		tell();
		takeBack();
	});
	// What cannot be kept waits in this tab for whoever typed it.
	const aside = ['typed-grid', state.unit, state.person, key.form, key.period].join('/');
	const putAside = () => {
		if (editing)
			sessionStorage.setItem(aside, JSON.stringify({ unit: rows[active.r].unit, code: columns[active.c].m.code, text: editor.value }));
	};
	const closing = () => {
		putAside();
		if (editing && !keeping)
			keep();
	};
	function takeBack() {
		const left = JSON.parse(sessionStorage.getItem(aside) || 'null');
		const c = left && byUnit.has(left.unit) ? columns.findIndex((x) => x.m && x.m.code === left.code) : -1;
		sessionStorage.removeItem(aside);
		if (c < 0 || read(left.text) !== null) // it was kept as it went
			return;
		go(byUnit.get(left.unit), c);
		startEditing(left.text);
		said.replaceChildren(note('warn', `⚠ ${t('typed-back')}`));
	}
	const sized = () => { // the browser has scrolled as it saw fit
		render();
		bare();
	};
	window.addEventListener('pagehide', closing);
	window.addEventListener('resize', sized);
	return async () => {
		window.removeEventListener('pagehide', closing);
		window.removeEventListener('resize', sized);
		await keep();
		putAside();
	};
}
