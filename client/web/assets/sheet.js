// One sheet to type into, as in a spreadsheet. Typed figures are kept by the program before the field is
// left: the move waits for the answer, and keys struck meanwhile are not lost.
import { ask, Refused } from './api.js';
import { h, t, both, number, period, day, word, note, ask as question } from './dom.js';
import { refresh } from './main.js';

// As a spreadsheet's user types it: "", "-", "0", "1.234".
const shown = (m) => (m.state === 'blank' ? '' : m.state === 'nil' ? '0' : number(m.value));
const plain = (m) => (m.state === 'blank' ? '' : String(m.value));

export async function sheet(content, state, [unit, form, p]) {
	const key = { unit, form, period: p };
	const rows = new Map(); // by code: {m, tr, input, cells}
	const undo = [];
	const messages = h('div', { role: 'status', 'aria-live': 'polite', id: 'messages' });
	const said = h('div', { role: 'alert', id: 'said' });
	const wordPlace = h('span');
	const ahead = []; // keys struck while a figure is being kept
	let s = (await ask('sheet', key)).sheet;
	let editing = false, keeping = false, oldOk = false;
	const locked = !s.rights.write || s.age === 'future';

	/* ---- what is shown ---- */

	const visible = (m) => {
		for (let up = m; up.parent; up = rows.get(up.parent).m)
			if (!(rows.get(up.parent).m.value > 0))
				return m.state !== 'blank' && m.value > 0;
		return true;
	};
	const order = () => [...rows.values()].filter((r) => !r.tr.hidden);

	function fill(r, keepText) {
		const m = r.m;
		if (!keepText)
			r.input.value = shown(m);
		r.tr.hidden = !visible(m);
		const none = m.year === null || (m.gap && !m.year && m.value === null);
		const total = none ? null : m.year + (m.value || 0);
		r.cells[0].textContent = number(m.before);
		r.cells[1].textContent = number(m.year_ago);
		r.cells[2].textContent = total === null ? '' : `${number(total)}${m.gap ? ' *' : ''}`;
		r.cells[2].title = m.gap && total !== null ? t('gap') : '';
		r.mark.replaceChildren(m.word === 'empty' ? '' : word(m.word));
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
		judge();
	}

	/* ---- keeping what was typed ---- */

	async function send(r, text) {
		const question_ = { ...key, measure: r.m.code, text, seen: r.m.seen, old_ok: oldOk };
		take((await ask('type', question_)).sheet);
	}

	// False: it could not be kept, and the field is not left.
	async function keep(r) {
		if (r.input.readOnly || r.input.value.trim() === shown(r.m)) {
			stopEditing(r);
			return true;
		}
		const before = plain(r.m);
		keeping = true;
		r.input.setAttribute('aria-busy', 'true');
		try {
			await send(r, r.input.value.trim());
			undo.push({ code: r.m.code, text: before });
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
		editing = false;
		r.input.classList.remove('editing');
		r.input.value = shown(r.m);
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

	async function undoOne() {
		const last = undo.pop();
		const r = last && rows.get(last.code);
		if (!r)
			return;
		try {
			await send(r, last.text);
			go(r, 0);
			refresh();
		} catch (e) {
			said.replaceChildren(note('block', e.message));
		}
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
		if (column === 0 && replayed && e.key.length === 1)
			r.input.value = (r.input.selectionEnd > r.input.selectionStart ? '' : r.input.value) + e.key;
	}

	/* ---- chốt và gửi ---- */

	const signFields = () => {
		const list = [];
		if (s.rights.on_behalf)
			list.push({ name: 'from', label: t('from-whom'), required: true, example: t('from-example') });
		if (s.rights.reason || s.rights.on_behalf)
			list.push({ name: 'reason', label: t('reason'), required: true, type: 'textarea' });
		if (!s.rights.on_behalf && !s.rights.sign_own)
			list.push({ name: 'signer', label: t('signer'), required: true },
				{ name: 'title', label: t('signer-title') },
				{ name: 'paper_day', label: t('paper-day'), required: true, type: 'date', value: state.today });
		return list;
	};

	async function sign() {
		const blanks = s.judged.blank.length;
		const names = s.judged.blank.map((c) => both(rows.get(c).m.name));
		if (s.judged.blocking) {
			said.replaceChildren(note('block', `✖ ${t('must-agree')}`));
			return;
		}
		const yes = await question({ title: t('sign'), yes: blanks ? t('sign-blanks') : t('sign'),
			text: t('sign-ask', { unit: s.unit_name, p: period(s.period) }),
			body: blanks ? note('warn', `⚠ ${t('blanks-are', { list: names.join('; ') })}`) : null, fields: signFields() });
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

	/* ---- the grid ---- */

	function addRow(m) {
		const input = h('input', { type: 'text', inputmode: 'numeric', autocomplete: 'off', maxlength: 20,
			'aria-label': both(m.name), 'data-measure': m.code, readonly: locked });
		const cells = [1, 2, 3].map(() => h('td', { class: 'n', tabindex: -1 }));
		const sign_ = h('span', { class: 'sign' });
		const mark = h('td');
		const tr = h('tr', { class: m.need === 'required' ? 'needed' : '' },
			h('th', { scope: 'row', class: m.parent ? 'sub' : '' }, sign_, ' ', both(m.name)),
			h('td', { class: 'n' }, input), ...cells, mark);
		const r = { m, tr, input, cells, sign: sign_, mark };
		rows.set(m.code, r);
		places(r).forEach((place, column) => place.addEventListener('keydown', (e) => press(e, r, column, false)));
		input.addEventListener('focus', () => input.select());
		input.addEventListener('dblclick', () => startEditing(r, null));
		input.addEventListener('blur', () => { if (!keeping) keep(r); });
		return tr;
	}

	const body = h('tbody', null, s.measures.map(addRow));
	const head = h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('col-measure')),
		h('th', { scope: 'col', class: 'n' }, period(s.period)),
		h('th', { scope: 'col', class: 'n' }, s.before ? period(s.before) : t('before')),
		h('th', { scope: 'col', class: 'n' }, s.year_ago ? period(s.year_ago) : t('year-ago')),
		h('th', { scope: 'col', class: 'n' }, t('year-total')), h('th', { scope: 'col' }, t('col-state'))));
	content.append(h('h1', null, `${both(s.form_name)}: ${s.unit_name}, ${period(s.period)} `, wordPlace));
	if (s.rights.on_behalf)
		content.append(note('warn', `≈ ${t('is-on-behalf')}`));
	if (s.age === 'future')
		content.append(note('', t('is-future', { d: day(s.from) })));
	if (s.age === 'old') {
		const yes = h('input', { type: 'checkbox', id: 'old', onchange: () => { oldOk = yes.checked; } });
		content.append(note('warn', `⚠ ${t('is-old')} `, yes, h('label', { for: 'old' }, ` ${t('old-yes')}`)));
	}
	content.append(messages, said, h('div', { class: 'scroll' }, h('table', { class: 'grid' }, head, body)),
		h('div', { class: 'row' }, locked ? '' : h('button', { class: 'main', type: 'button', id: 'sign', onclick: sign },
			`${t('sign')} (Ctrl+S)`), h('a', { class: 'button', href: '#/' }, t('page-home'))),
		h('p', { class: 'keys' }, t('keys')));
	take(s);
	const first = s.judged.blank.length ? rows.get(s.judged.blank[0]) : order().find((r) => r.m.need === 'required');
	if (first)
		first.input.setAttribute('autofocus', '');
	const typing = () => [...rows.values()].find((x) => x.input === document.activeElement);
	const closing = () => { // the tab is closed in the middle of a figure
		if (typing() && !keeping)
			keep(typing());
	};
	window.addEventListener('pagehide', closing);
	return async () => {
		window.removeEventListener('pagehide', closing);
		if (typing())
			await keep(typing());
	};
}
