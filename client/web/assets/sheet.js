// One sheet to type into, as in a spreadsheet. Typed figures are kept by the program before the field is
// left: the move waits for the answer, and keys struck meanwhile are not lost.
import { ask, Refused, h, t, both, number, period, opensYear, day, word, note, question, refresh, sheetLink, figureLink } from './main.js';
import { read, shown, plain, fromSpreadsheet, toSpreadsheet } from './cells.js';
import { preview, reason } from './paste.js';
import { pickUnit } from './pick.js';
import { signFields } from './sign.js';
import { printButton } from './print.js';

export async function sheet(content, state, [unit, form, p]) {
	const key = { unit, form, period: p };
	const rows = new Map(); // by code: {m, tr, input, cells}
	const undo = [];
	const messages = h('div', { role: 'status', 'aria-live': 'polite', id: 'messages' });
	const said = h('div', { role: 'alert', id: 'said' });
	const wordPlace = h('span');
	const gapSays = h('p', { class: 'dim' }, `* ${t('gap')}`);
	const ahead = []; // keys struck while a figure is being kept
	let s = (await ask('sheet', key)).sheet;
	const sums = []; // of each group that adds up to its parent: {members, parent, tr, cells, mark}
	let editing = false, keeping = false, oldOk = false, cumulative = false;
	let block = null; // {from, to}: [row, column] each, of what is selected with Shift
	const locked = !s.rights.write || s.age === 'future';
	const formed = s.measures.some((m) => m.from); // figures that come from other sheets and from the register

	/* ---- what is shown ---- */

	const visible = (m) => {
		for (let up = m; up.parent; up = rows.get(up.parent).m)
			if (!(rows.get(up.parent).m.value > 0))
				return m.state !== 'blank' && m.value > 0;
		return true;
	};
	const order = () => [...rows.values()].filter((r) => !r.tr.hidden);

	// What stands beside it: the period before, a year ago, since 1 January with what is typed now.
	const beside = (m, value = m.value) => {
		const none = m.year === null || (m.gap && !m.year && value === null);
		return [m.before, m.year_ago, none ? null : m.year + (value || 0)];
	};

	function fill(r, keepText) {
		const m = r.m, [before, ago, total] = beside(m);
		if (!keepText)
			r.input.value = shown(m);
		r.tr.hidden = !visible(m);
		r.cells[0].textContent = number(before);
		r.cells[1].textContent = ago !== null && s.past === 'computed' ? `= ${number(ago)}` : number(ago);
		r.cells[1].title = ago !== null && s.past === 'computed' ? t('year-ago-computed') : '';
		r.cells[2].textContent = total === null ? '' : `${number(total)}${m.gap ? ' *' : ''}`;
		r.mark.replaceChildren(m.word === 'empty' ? '' : word(m.word));
		if (r.from)
			r.from.replaceChildren(t(`from-${m.from}`), ['typed', 'mean'].includes(m.from) ? '' : `: ${m.counted === null ? t('from-unknown') : number(m.counted)}`,
				m.differs ? h('span', { class: 'word warn' }, ` ≠ ${t('from-differs')}`) : '');
	}

	// Sums of groups in each column, as the figure in hand would make them.
	function addUp(hand) {
		for (const g of sums) {
			const value = (code) => (hand && hand.m.code === code ? (read(monthText(hand)) || {}).value || 0 : rows.get(code).m.value || 0);
			const mine = g.members.reduce((n, code) => n + value(code), 0), of = value(g.parent);
			g.tr.hidden = !rows.get(g.members[0]) || g.members.every((code) => rows.get(code).tr.hidden);
			g.cells[0].textContent = `${mine === of ? '✓' : '≠'} ${number(mine)} / ${number(of)}`;
			[0, 1, 2].forEach((i) => {
				const all = g.members.map((code) => beside(rows.get(code).m, value(code))[i]).filter((x) => x !== null);
				g.cells[i + 1].textContent = all.length ? number(all.reduce((a, b) => a + b, 0)) : '';
			});
		}
	}

	// What the field would be for this month alone.
	function monthText(r) {
		const typed = read(r.input.value);
		if (!cumulative || !r.dirty || !typed || typed.value === null || r.m.kind !== 'flow')
			return r.input.value;
		return String(typed.value - r.m.year);
	}

	function whileTyping(r) {
		const text = monthText(r), v = read(text);
		r.cells[2].textContent = r.m.year === null || !v ? '' : number(r.m.year + (v.value || 0));
		if (cumulative && r.m.kind === 'flow')
			r.mark.replaceChildren(h('span', { class: Number(text) < 0 ? 'word bad' : 'word' }, `= ${t('this-month', { n: text })}`));
		addUp(r);
	}

	const message = (q) => note(q.level, `${q.level === 'block' ? '✖' : '⚠'} ${both(q.text)} `,
		t('against', { a: number(q.left), b: number(q.right) }));

	function judge() {
		const j = s.judged;
		const wrong = new Map();
		for (const q of j.questions)
			for (const code of q.measures)
				if (!wrong.has(code))
					wrong.set(code, q);
		for (const r of rows.values()) {
			const q = wrong.get(r.m.code);
			r.input.setAttribute('aria-invalid', q && q.level === 'block' ? 'true' : 'false');
			if (q)
				r.mark.replaceChildren(word(q.level === 'block' ? 'error' : 'warning'), ' ', r.m.word === 'empty' ? '' : word(r.m.word));
			r.sign.textContent = q ? (q.level === 'block' ? '✖' : '⚠') : j.blank.includes(r.m.code) ? '○' : '';
			r.sign.title = q ? both(q.text) : j.blank.includes(r.m.code) ? t('blank-needed') : '';
		}
		const more = j.blocking + j.warnings - j.questions.length;
		messages.replaceChildren(
			...j.questions.map(message),
			more > 0 ? h('p', null, t('more-messages', { n: number(more) })) : '',
			j.blank.length ? h('p', { class: 'dim' }, `○ ${t('still-blank', { n: number(j.blank.length) })}`) : '');
		wordPlace.replaceChildren(s.draft ? word('draft') : '', s.word === 'empty' ? '' : word(s.word));
	}

	function take(fresh, except) {
		s = fresh;
		for (const m of s.measures) {
			const r = rows.get(m.code);
			if (r)
				r.m = m;
		}
		for (const r of rows.values())
			fill(r, r === except);
		gapSays.hidden = order().every((r) => !r.cells[2].textContent.endsWith('*'));
		addUp(null);
		judge();
	}

	/* ---- keeping what was typed ---- */

	async function send(r, text, sum = false) {
		const question_ = { ...key, measure: r.m.code, text, seen: r.m.seen, old_ok: oldOk,
			cumulative: sum && cumulative && r.m.kind === 'flow' };
		take((await ask('type', question_)).sheet);
	}

	// False: it could not be kept, and the field is not left.
	async function keep(r) {
		if (r.input.readOnly || (r.input.value.trim() === shown(r.m) && !(cumulative && r.dirty))) {
			stopEditing(r);
			return true;
		}
		const before = plain(r.m);
		keeping = true;
		r.input.setAttribute('aria-busy', 'true');
		try {
			await send(r, r.input.value.trim(), true);
			undo.push({ [r.m.code]: before });
			said.replaceChildren();
			stopEditing(r);
			refresh();
			return true;
		} catch (e) {
			if (e instanceof Refused && e.answer.sheet)
				take(e.answer.sheet);
			said.replaceChildren(note('block', `✖ ${both(r.m.name)}: ${e instanceof Refused ? e.message : t('gone')}`));
			ahead.length = 0;
			return false;
		} finally {
			keeping = false;
			r.input.removeAttribute('aria-busy');
		}
	}

	function startEditing(r, text) {
		if (r.input.readOnly)
			return;
		editing = true;
		r.input.classList.add('editing');
		r.input.value = text === null ? plain(r.m) : text;
		r.input.setSelectionRange(r.input.value.length, r.input.value.length);
	}

	function stopEditing(r) {
		editing = r.dirty = false;
		r.input.classList.remove('editing');
		fill(r);
		addUp(null);
	}

	/* ---- moving ---- */

	const places = (r) => [r.input, ...r.cells];
	const placeOf = (r, e) => Math.max(0, places(r).indexOf(e));

	function go(r, column) {
		const place = places(r)[column];
		place.focus();
		place.scrollIntoView({ block: 'nearest' });
		if (place === r.input)
			r.input.select();
	}

	function step(r, by, wrapTo) {
		const list = order();
		const at = list.indexOf(r) + by;
		if (at >= 0 && at < list.length)
			return list[at];
		return wrapTo ? null : r;
	}

	// Where a key leads, from this row and column; null: the key is not ours.
	function target(e, r, column) {
		const list = order();
		switch (e.key) {
		case 'Enter': return [step(r, e.shiftKey ? -1 : 1), column];
		case 'ArrowDown': return [step(r, 1), column];
		case 'ArrowUp': return [step(r, -1), column];
		case 'ArrowLeft': return editing ? null : [r, Math.max(0, column - 1)];
		case 'ArrowRight': return editing ? null : [r, Math.min(3, column + 1)];
		case 'Home': return e.ctrlKey ? [list[0], 0] : editing ? null : [r, 0];
		case 'End': return e.ctrlKey ? [list[list.length - 1], 0] : editing ? null : [r, 3];
		case 'Tab': {
			const to = step(r, e.shiftKey ? -1 : 1, true);
			return to ? [to, 0] : null;
		}
		default: return null;
		}
	}

	async function leaveTo(r, e, column) {
		if (block)
			mark(null);
		if (column === 0 && !(await keep(r)))
			return;
		// of-which rows may have come or gone with the figure
		const to = target(e, r, column);
		if (to)
			go(to[0], to[1]);
		while (ahead.length && !keeping) {
			const next = ahead.shift();
			const place = document.activeElement;
			const at = [...rows.values()].find((x) => places(x).includes(place));
			if (at)
				await press(next, at, placeOf(at, place), true);
		}
	}

	// Several figures of the sheet at once: all are kept, or none.
	async function putAll(cells, keepUndo) {
		const before = Object.fromEntries(Object.keys(cells).map((code) => [code, plain(rows.get(code).m)]));
		keeping = true;
		try {
			await ask('put', { ...key, old_ok: oldOk, rows: [{ unit: s.unit, seen: s.seen, cells }] });
			take((await ask('sheet', key)).sheet);
			if (keepUndo)
				undo.push(before);
			said.replaceChildren();
			refresh();
			return true;
		} catch (e) {
			const list = (e instanceof Refused && e.answer.problems) || [];
			said.replaceChildren(note('block', `✖ ${e instanceof Refused ? e.message : t('gone')}`, h('ul', null, list.map((x) =>
				h('li', null, `${rows.get(x.measure) ? both(rows.get(x.measure).m.name) : x.unit}: ${x.text}`)))));
			take((await ask('sheet', key)).sheet);
			return false;
		} finally {
			keeping = false;
		}
	}

	async function undoOne() {
		const last = undo.pop();
		if (last && await putAll(last, false))
			go(rows.get(Object.keys(last)[0]), 0);
	}

	/* ---- blocks, out of a spreadsheet and into one ---- */

	function mark(to) {
		block = to;
		const list = order();
		const within = (i, c) => block && i >= Math.min(block.from[0], block.to[0]) && i <= Math.max(block.from[0], block.to[0]) &&
			c >= Math.min(block.from[1], block.to[1]) && c <= Math.max(block.from[1], block.to[1]);
		list.forEach((r, i) => places(r).forEach((place, c) =>
			(place === r.input ? place.parentNode : place).classList.toggle('block', Boolean(within(i, c)))));
	}

	function copy(e) {
		if (!block || editing)
			return;
		const [r0, r1] = [block.from[0], block.to[0]].sort((a, b) => a - b), [c0, c1] = [block.from[1], block.to[1]].sort((a, b) => a - b);
		e.clipboardData.setData('text/plain', toSpreadsheet(order().slice(r0, r1 + 1).map((r) =>
			[plain(r.m), ...beside(r.m)].slice(c0, c1 + 1).map((v) => (v === null ? '' : v)))));
		e.preventDefault();
	}

	// One column of figures goes down the rows that are in sight; of-which figures come with a parent above zero.
	async function paste(e, r) {
		const lines = fromSpreadsheet(e.clipboardData.getData('text/plain'));
		if (lines.length < 2 && lines[0].length < 2)
			return;
		e.preventDefault();
		if (locked)
			return;
		const values = lines.length > 1 ? lines.map((l) => l[l.length - 1]) : lines[0];
		const list = [...rows.values()];
		let at = list.indexOf(r);
		const into = [];
		const opened = (m) => !m.parent || (into.find((x) => x.r.m.code === m.parent) ? read(into.find((x) => x.r.m.code === m.parent).text)?.value > 0
			: !rows.get(m.code).tr.hidden);
		for (const text of values) {
			while (at < list.length && !opened(list[at].m))
				at++;
			if (at < list.length)
				into.push({ r: list[at++], text });
			else
				into.push({ r: null, text });
		}
		const shownLines = into.map((x) => ({ name: x.r ? both(x.r.m.name) : t('paste-edge'), cells: [{ name: period(s.period), text: x.text,
			why: x.r ? reason(x.text, true) : t('paste-beyond') }] }));
		if (await preview(shownLines))
			await putAll(Object.fromEntries(into.filter((x) => x.text.trim() !== '' || x.r.m.state !== 'blank')
				.map((x) => [x.r.m.code, x.text.trim()])), true);
		go(r, 0);
	}

	async function goToUnit() {
		const u = await pickUnit((await ask('units')).units);
		if (u)
			location.hash = sheetLink(u.unit, form, p);
	}

	async function press(e, r, column, replayed) {
		const stop = () => { if (!replayed) e.preventDefault(); };
		if (keeping) {
			stop();
			ahead.push({ key: e.key, shiftKey: e.shiftKey, ctrlKey: e.ctrlKey });
			return;
		}
		if (e.ctrlKey && (e.key === 's' || e.key === 'S')) {
			stop();
			if (column !== 0 || await keep(r))
				await sign();
			return;
		}
		if (e.ctrlKey && (e.key === 'g' || e.key === 'G')) {
			stop();
			if (state.superior && (column !== 0 || await keep(r)))
				await goToUnit();
			return;
		}
		if (!e.ctrlKey && (e.key === 'l' || e.key === 'L') && !editing && !r.dirty) {
			stop();
			location.hash = figureLink(s.unit, form, p, r.m.code);
			return;
		}
		if (e.shiftKey && e.key.startsWith('Arrow') && !editing) {
			stop();
			const list = order(), from = block ? block.from : [list.indexOf(r), column];
			const by = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key];
			const end = block ? block.to : from;
			mark({ from, to: [Math.max(0, Math.min(list.length - 1, end[0] + by[0])), Math.max(0, Math.min(3, end[1] + by[1]))] });
			return;
		}
		if (e.ctrlKey && (e.key === 'z' || e.key === 'Z') && !editing) {
			stop();
			await undoOne();
			return;
		}
		if (e.key === 'F2' && column === 0) {
			stop();
			startEditing(r, null);
			return;
		}
		if (e.key === 'Escape' && column === 0) {
			stop();
			stopEditing(r);
			r.input.select();
			return;
		}
		if (target(e, r, column)) {
			stop();
			await leaveTo(r, e, column);
			return;
		}
		if (column === 0 && e.key === 'Delete' && !editing && !r.input.readOnly) {
			stop();
			r.input.value = '';
			return;
		}
		if (column === 0 && replayed && e.key.length === 1) {
			r.dirty = true;
			r.input.value = (r.input.selectionEnd > r.input.selectionStart ? '' : r.input.value) + e.key;
		}
	}

	/* ---- chốt và gửi ---- */

	async function sign() {
		const blanks = s.judged.blank.length;
		const names = s.judged.blank.map((c) => both(rows.get(c).m.name));
		if (s.judged.blocking) {
			said.replaceChildren(note('block', `✖ ${t('must-agree')}`));
			return;
		}
		const yes = await question({ title: t('sign'), yes: blanks ? t('sign-blanks') : t('sign'),
			text: t('sign-ask', { unit: s.unit_name, p: period(s.period) }),
			body: blanks ? note('warn', `⚠ ${t('blanks-are', { list: names.join('; ') })}`) : null,
			fields: signFields(s.rights.on_behalf, !s.rights.sign_own, s.rights.reason, state.today) });
		if (!yes)
			return;
		try {
			await ask('submit', { ...key, ...yes, seen: s.seen, blanks_nil: blanks > 0, old_ok: oldOk });
			undo.length = 0;
			take((await ask('sheet', key)).sheet);
			said.replaceChildren(note('good', `✓ ${t('signed', { p: period(s.period) })} `,
				h('a', { href: '#/exchange' }, t('page-exchange'))));
		} catch (e) {
			if (e instanceof Refused && e.answer.sheet)
				take(e.answer.sheet);
			const questions = e instanceof Refused && e.answer.judged ? e.answer.judged.questions : [];
			said.replaceChildren(note('block', `✖ ${e.message}`), ...questions.map(message));
		}
		refresh();
	}

	// What is blank out of the register, and anew what the months come to by now; never over what was typed.
	async function fillIn() {
		try {
			const a = await ask('fill', { ...key, seen: s.seen, old_ok: oldOk });
			take(a.sheet);
			said.replaceChildren(note('good', `✓ ${t('filled-in', { n: number(a.filled) })}`));
			refresh();
		} catch (e) {
			if (e instanceof Refused && e.answer.sheet)
				take(e.answer.sheet);
			said.replaceChildren(note('block', `✖ ${e instanceof Refused ? e.message : t('gone')}`));
		}
	}

	/* ---- the grid ---- */

	function addRow(m) {
		const input = h('input', { type: 'text', inputmode: 'numeric', autocomplete: 'off', maxlength: 20,
			'aria-label': both(m.name), 'data-measure': m.code, readonly: locked || m.from === 'mean' });
		const cells = [1, 2, 3].map(() => h('td', { class: 'n', tabindex: -1 }));
		const sign_ = h('span', { class: 'sign' });
		const mark = h('td'), from = formed ? h('td') : null;
		const tr = h('tr', { class: m.need === 'required' ? 'needed' : '' },
			h('th', { scope: 'row', class: m.parent ? 'sub' : '' }, sign_, ' ', both(m.name)),
			h('td', { class: 'n' }, input), ...cells, from, mark);
		const r = { m, tr, input, cells, sign: sign_, mark, from };
		rows.set(m.code, r);
		places(r).forEach((place, column) => place.addEventListener('keydown', (e) => press(e, r, column, false)));
		input.addEventListener('focus', () => input.select());
		input.addEventListener('input', () => { r.dirty = true; whileTyping(r); });
		input.addEventListener('paste', (e) => paste(e, r));
		places(r).forEach((place) => place.addEventListener('copy', copy));
		input.addEventListener('dblclick', () => startEditing(r, null));
		input.addEventListener('blur', () => { if (!keeping) keep(r); });
		return tr;
	}

	function addSum(group, parent) {
		const members = s.measures.filter((m) => m.group === group).map((m) => m.code);
		const cells = [0, 1, 2, 3].map(() => h('td', { class: 'n' }));
		const tr = h('tr', { class: 'sum' }, h('th', { scope: 'row', class: 'sub' }, t('group-sum', { of: both(s.measures.find((m) => m.code === parent).name) })),
			...cells, formed ? h('td') : null, h('td'));
		sums.push({ members, parent, tr, cells });
		return tr;
	}

	const body = h('tbody', null, s.measures.flatMap((m, i) => [addRow(m),
		m.group && !s.measures.slice(i + 1).some((x) => x.group === m.group) ? addSum(m.group, m.parent) : []].flat()));
	const head = h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('col-measure')),
		h('th', { scope: 'col', class: 'n' }, period(s.period)),
		h('th', { scope: 'col', class: 'n' }, s.before ? period(s.before) : t('before')),
		h('th', { scope: 'col', class: 'n' }, s.year_ago ? period(s.year_ago) : t('year-ago')),
		h('th', { scope: 'col', class: 'n' }, t('year-total')), formed ? h('th', { scope: 'col' }, t('col-from')) : null, h('th', { scope: 'col' }, t('col-state'))));
	content.append(h('h1', null, `${both(s.form_name)}: ${s.unit_name}, ${period(s.period)} `, wordPlace));
	if (s.rights.on_behalf)
		content.append(note('warn', `≈ ${t('is-on-behalf')}`));
	if (s.age === 'future')
		content.append(note('', t('is-future', { d: day(s.from) })));
	if (s.age === 'old') {
		const yes = h('input', { type: 'checkbox', id: 'old', onchange: () => { oldOk = yes.checked; } });
		content.append(note('warn', `⚠ ${t('is-old')} `, yes, h('label', { for: 'old' }, ` ${t('old-yes')}`)));
	}
	if (s.closed)
		content.append(note('', `▣ ${t('is-closed')}`));
	if (s.past === 'unknown')
		content.append(note('', t('year-ago-unknown')));
	else if (s.past === 'computed')
		content.append(h('p', { class: 'dim' }, `${t('year-ago')}: ${t('year-ago-computed')}.`));
	if (!locked && !opensYear(s.period) && s.measures.some((m) => m.kind === 'flow' && m.year !== null)) {
		const yes = h('input', { type: 'checkbox', id: 'cumulative', onchange: () => { cumulative = yes.checked; } });
		content.append(h('p', null, yes, h('label', { for: 'cumulative' }, ` ${t('type-cumulative')}`)));
	}
	content.append(messages, said, h('div', { class: 'scroll' }, h('table', { class: 'grid' }, head, body)), gapSays,
		h('div', { class: 'row' }, locked ? '' : h('button', { class: 'main', type: 'button', id: 'sign', onclick: sign },
			`${t('sign')} (Ctrl+S)`), formed && !locked ? h('button', { type: 'button', id: 'fill', onclick: fillIn }, t('fill')) : null, h('a', { class: 'button', href: '#/' }, t('page-home')),
			formed ? printButton(state, () => ({ paper: 'form', title: `${both(s.form_name)}, ${period(s.period)}`, given: key }), 'print-form', 'print-form') : null,
			printButton(state, () => ({ paper: 'sheet', title: `${both(s.form_name)}, ${period(s.period)}`, given: key })),
			printButton(state, () => ({ paper: 'blank', title: `${t('print-blank')}, ${period(s.period)}`, given: key }), 'print-blank', 'print-blank')),
		h('p', { class: 'keys' }, t('keys')));
	take(s);
	const first = s.judged.blank.length ? rows.get(s.judged.blank[0]) : order().find((r) => r.m.need === 'required');
	if (first)
		first.input.setAttribute('autofocus', '');
	const typing = () => [...rows.values()].find((x) => x.input === document.activeElement);
	// What cannot be kept as a figure waits in this tab for whoever typed it, when somebody else sits down meanwhile.
	const aside = ['typed', state.unit, state.person, key.unit, key.form, key.period].join('/');
	const left = JSON.parse(sessionStorage.getItem(aside) || '{}');
	sessionStorage.removeItem(aside);
	for (const [code, text] of Object.entries(left)) {
		const r = rows.get(code);
		if (!r || r.input.readOnly)
			continue;
		r.input.value = text;
		r.dirty = true;
		whileTyping(r);
		said.replaceChildren(note('warn', `⚠ ${both(r.m.name)}: ${t('typed-back')}`));
	}
	const putAside = () => {
		const open = [...rows.values()].filter((r) => r.dirty && !r.input.readOnly && r.input.value.trim() !== shown(r.m));
		if (open.length)
			sessionStorage.setItem(aside, JSON.stringify(Object.fromEntries(open.map((r) => [r.m.code, r.input.value]))));
	};
	const closing = () => { // the tab is closed in the middle of a figure
		putAside();
		if (typing() && !keeping)
			keep(typing());
	};
	window.addEventListener('pagehide', closing);
	return async () => {
		window.removeEventListener('pagehide', closing);
		if (typing())
			await keep(typing());
		putAside();
	};
}
