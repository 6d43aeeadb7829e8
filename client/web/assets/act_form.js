// One change of an act, put together by hand: the fields that this kind of change asks for.
import { ask, h, t, number, note } from './main.js';
import { read } from './cells.js';

const CHANGES = ['create', 'rename', 'kind', 'move', 'merge', 'split', 'dissolve', 'reopen', 'leave', 'target'];
const drafts = new Map();

// Of whoever sits here; nobody else sees it.
export function draft(state) {
	const who = `${state.unit}/${state.person}`;
	if (!drafts.has(who))
		drafts.set(who, { no: '', signed: '', signer: '', effective: '', changes: [] });
	return drafts.get(who);
}

// `of`: {kinds, pick, known, day, add}. pick() lets somebody find a unit and tells its code.
export function actRow(of) {
	const fields = h('div', { class: 'row' }), said = h('div', { role: 'alert' });
	let got = {}; // readers of the fields that are shown

	function text(name, label, attributes = {}) {
		const input = h('input', { type: 'text', id: `change-${name}`, autocomplete: 'off', maxlength: 240, ...attributes });
		got[name] = () => input.value.trim();
		return h('label', null, `${t(label)} `, input);
	}
	function unitField(name, label, change = null) {
		const input = h('input', { type: 'text', id: `change-${name}`, autocomplete: 'off', required: true, size: 16, onchange: () => { tell(); change?.(input.value.trim()); } });
		const named = h('span', { class: 'dim' });
		const tell = () => { named.textContent = of.known(input.value.trim())?.name || ''; };
		got[name] = () => input.value.trim();
		return h('span', null, h('label', null, `${t(label)} `, input), ' ', h('button', { type: 'button', 'aria-label': `${t('find')}: ${t(label)}`, onclick: async () => {
			const unit = await of.pick();
			if (unit) {
				input.value = unit;
				tell();
				change?.(unit);
			}
		} }, t('find')), ' ', named);
	}
	const box = (name, label) => {
		const input = h('input', { type: 'checkbox', id: `change-${name}` });
		got[name] = () => input.checked;
		return h('label', null, input, ` ${t(label)}`);
	};
	const kind = () => {
		const select = h('select', { id: 'change-kind' }, of.kinds.map((k) => h('option', { value: k.kind }, k.name)));
		got.kind = () => select.value;
		return h('label', null, `${t('unit-kind')} `, select);
	};
	// Several that take over, each with its part.
	function successors(label) {
		const rows = h('ul', { class: 'plain', id: 'successors' });
		const list = [];
		const draw = () => rows.replaceChildren(...list.map((s, i) => h('li', null, `${of.known(s.unit)?.name || ''} (${s.unit}) `, s.part, ' ',
			h('button', { type: 'button', 'aria-label': `${t('take-out')}: ${s.unit}`, onclick: () => { list.splice(i, 1); draw(); } }, t('take-out')))));
		const add = h('button', { type: 'button', id: 'add-successor', onclick: async () => {
			const unit = await of.pick();
			if (!unit || list.some((s) => s.unit === unit))
				return;
			list.push({ unit, part: h('input', { type: 'text', inputmode: 'numeric', size: 6, autocomplete: 'off', required: true, 'aria-label': `${t(label)}: ${unit}` }) });
			draw();
			list[list.length - 1].part.focus();
		} }, t('add-successor'));
		got.successors = () => list.map((s) => ({ unit: s.unit, part: s.part.value.trim() }));
		return h('div', null, h('span', null, t(label)), rows, add);
	}
	function targetField() {
		const select = h('select', { id: 'change-target', required: true });
		const label = h('label', null, `${t('which-target')} `, select);
		got.target = () => Number(select.value);
		return [unitField('unit', 'unit', async (unit) => {
			try {
				const a = await ask('act_unit', { unit, ...(of.day() ? { day: of.day() } : {}) });
				select.replaceChildren(...a.targets.map((x) => h('option', { value: x.lsn }, `${x.name} ${x.doc_no || ''}: ${x.goal === null ? '–' : number(x.goal)}`)));
				said.replaceChildren(a.targets.length ? '' : note('', t('no-target-there')));
			} catch (e) {
				said.replaceChildren(note('block', `✖ ${e.message}`));
			}
		}), label];
	}
	const shapes = {
		create: () => [text('unit', 'new-code', { required: true, size: 16 }), text('name', 'new-name', { required: true, size: 40 }), kind(), unitField('parent', 'new-parent'),
			box('reports', 'new-reports')],
		rename: () => [unitField('unit', 'unit'), text('name', 'new-name', { required: true, size: 40 })],
		kind: () => [unitField('unit', 'unit'), kind()],
		move: () => [unitField('unit', 'unit'), unitField('parent', 'new-parent')],
		merge: () => [unitField('unit', 'unit'), unitField('into', 'merge-into')],
		split: () => [unitField('unit', 'unit'), box('ends', 'split-ends'), successors('split-parts')],
		dissolve: () => [unitField('unit', 'unit')],
		reopen: () => [unitField('unit', 'unit')],
		leave: () => [unitField('unit', 'unit')],
		target: () => [...targetField(), successors('target-parts')],
	};
	const what = h('select', { id: 'change-what', onchange: () => shape() }, CHANGES.map((c) => h('option', { value: c }, t('change-' + c))));
	function shape() {
		got = {};
		said.replaceChildren();
		fields.replaceChildren(...shapes[what.value]().flat());
	}
	// Parts as typed: per cent of the whole, or people.
	function parts(list) {
		return list.map(({ part }) => {
			if (what.value === 'target')
				return read(part)?.value ?? null;
			const share = Number(part.replace('%', '').replace(',', '.'));
			return part && share >= 0 && share <= 100 ? Math.round(share * 10000) : null;
		});
	}
	function take() {
		const values = Object.fromEntries(Object.entries(got).map(([k, f]) => [k, f()]));
		const change = { change: what.value, ...values };
		delete change.successors;
		if (values.successors) {
			change.into = values.successors.map((s) => s.unit);
			change.parts = parts(values.successors);
			if (change.parts.includes(null))
				return null;
		} else if (values.into)
			change.into = [values.into];
		return change;
	}
	const form = h('form', { id: 'change', onsubmit: (e) => {
		e.preventDefault();
		const change = take();
		if (!change) {
			said.replaceChildren(note('block', `✖ ${t('part-wrong')}`));
			return;
		}
		of.add(change);
		shape();
		what.focus();
	} }, h('fieldset', { class: 'wide' }, h('legend', null, t('add-change')), h('label', null, `${t('what-happens')} `, what), fields, said,
		h('div', { class: 'row' }, h('button', { type: 'submit', id: 'add-change' }, t('add-change')))));
	shape();
	return form;
}
