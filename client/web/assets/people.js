// People and their devices: who, where, when the last thing came from it; revoke one that is lost.
import { ask, h, t, number, day, minute, note, question, refresh } from './main.js';
import { fold } from './cells.js';
import { serverPart } from './server.js';

const SHOWN = 300;

export async function people(content, state) {
	const said = h('div', { role: 'alert', id: 'said' });
	const body = h('tbody');
	const find = h('input', { type: 'search', id: 'find', autocomplete: 'off', oninput: () => show() });
	const count = h('p', { class: 'dim' });
	const fresh = h('div');
	let devices = [];
	let held = new Map(); // by device, as it said at its last contact

	async function revoke(d) {
		const yes = await question({ title: t('revoke'), text: t('revoke-ask', { who: d.person || d.id, unit: d.unit_name }), yes: t('revoke'),
			fields: [{ name: 'reason', label: t('reason'), required: true, type: 'textarea' }] });
		if (!yes)
			return;
		try {
			await ask('revoke', { device: d.id, ...yes });
			said.replaceChildren(note('good', `✓ ${t('revoke-done')} `, h('a', { href: '#/exchange' }, t('page-exchange'))));
			refresh();
		} catch (e) {
			said.replaceChildren(note('block', `✖ ${e.message}`));
		}
	}

	// The one who comes gets a card of the server's: the command is put together here.
	async function handOver(d) {
		const yes = await question({ title: t('hand-over'), text: t('hand-over-ask', { who: d.person || d.id, unit: d.unit_name }), yes: t('hand-over'),
			fields: [{ name: 'day', label: t('last-day'), type: 'date', required: true, value: state.today }, { name: 'reason', label: t('reason'), required: true, type: 'textarea' },
				{ name: 'next', label: t('who-comes') }] });
		if (!yes)
			return;
		try {
			await ask('person_end', { device: d.id, day: yes.day, reason: yes.reason });
			const name = yes.next ? ` --person "${yes.next.replace(/["$`\\!]/g, '')}"` : '';
			said.replaceChildren(note('good', `✓ ${t('hand-over-done', { who: d.person || d.id, d: day(yes.day) })} `, h('a', { href: '#/exchange' }, t('page-exchange')), h('br'),
				`${t('hand-over-card')} `, h('kbd', { id: 'card-command' }, `ketnapd enroll ${d.unit} --role ${d.role}${name}`)));
			refresh();
		} catch (e) {
			said.replaceChildren(note('block', `✖ ${e.message}`));
		}
	}

	// Drafts and what waits to be sent are of the device's own telling.
	function holds(d) {
		const x = held.get(d.id);
		if (!x)
			return '–';
		const what = [x.held ? t('strip-queued', { n: number(x.held) }) : '', x.drafts ? t('strip-draft', { n: number(x.drafts) }) : ''].filter(Boolean);
		return [...(what.length ? [h('span', { class: 'word warn' }, what.join(' · ')), x.oldest ? h('div', { class: 'dim' }, t('strip-oldest', { d: minute(x.oldest) })) : ''] : [t('holds-nothing')]),
			h('div', { class: 'dim' }, x.last_seen ? t('strip-contact', { d: minute(x.last_seen) }) : t('never'))];
	}
	async function showHeld() {
		const answer = await ask('held');
		held = new Map((answer.devices || []).map((x) => [x.id, x]));
		fresh.replaceChildren(serverPart('held', {}, answer, showHeld, (what) => said.replaceChildren(what)));
		show();
	}
	function show() {
		const words = fold(find.value).split(/\s+/).filter(Boolean);
		const list = devices.filter((d) => words.every((w) => fold(`${d.person} ${d.unit_name} ${d.unit} ${d.id}`).includes(w)));
		body.replaceChildren(...list.slice(0, SHOWN).map((d) => h('tr', null, h('th', { scope: 'row' }, d.person || '–'), h('td', null, t('role-' + d.role)),
			h('td', null, d.unit_name || d.unit), h('td', null, d.id, d.own ? ` (${t('this-device')})` : ''), h('td', null, d.enrolled ? day(d.enrolled) : '–'),
			h('td', null, d.last_time ? minute(d.last_time) : t('never')), h('td', { class: 'n' }, number(d.count)), h('td', null, holds(d)),
			h('td', null, d.revoked ? h('span', { class: 'word bad' }, `⊘ ${t('is-revoked')}`) : d.suspended ? h('span', { class: 'word warn' }, `! ${t('is-suspended')}`)
				: h('span', { class: 'word good' }, `✓ ${t('is-in-use')}`)),
			h('td', null, d.to ? `${t('until-day', { d: day(d.to) })} ` : '', d.may_end ? h('button', { type: 'button', class: 'hand-over', 'aria-label': `${t('hand-over')}: ${d.person || d.id}`, onclick: () => handOver(d) }, t('hand-over')) : '', ' ',
				d.may_revoke && !d.own ? h('button', { type: 'button', 'aria-label': `${t('revoke')}: ${d.person || d.id}`, onclick: () => revoke(d) }, t('revoke')) : ''))));
		count.textContent = t('devices-n', { n: number(list.length) }) + (list.length > SHOWN ? ` ${t('left-out', { n: number(SHOWN) })}` : '');
	}

	devices = (await ask('people')).devices;
	content.append(h('h1', null, t('page-people')), h('p', { class: 'dim' }, t('people-says')), said, fresh,
		h('div', { class: 'row' }, h('label', { for: 'find' }, t('find')), find),
		h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('page-people') }, h('table', { id: 'devices' }, h('thead', null, h('tr', null,
			['person', 'role', 'unit', 'device', 'enrolled', 'last-entry', 'entries', 'still-holds', 'col-state', 'act'].map((n) => h('th', { scope: 'col' }, t(n))))), body)), count,
		h('h2', null, t('people-new')), h('ul', null, h('li', null, `${t('people-new-card')} `, h('kbd', null, `ketnapd enroll --subtree ${state.unit} --out FOLDER`), '.'),
			h('li', null, t('people-new-hand')), h('li', null, t('people-new-password'))));
	await showHeld();
}
