// Sending and receiving: what waits, how the last contact went, and the button.
import { ask, h, t, number, minute, period, word, note, sheetLink, refresh } from './main.js';

function counts(state) {
	const c = state.counts;
	const rows = ['draft', 'queued', 'acked', 'contested', 'refused', 'late', 'aside'].map((n) =>
		h('tr', null, h('th', { scope: 'row' }, t('count-' + n)), h('td', { class: 'n', id: 'count-' + n }, number(c[n]))));
	return h('table', null, h('tbody', null, rows,
		h('tr', null, h('th', { scope: 'row' }, t('oldest')), h('td', null, minute(c.oldest_unsent) || '–')),
		h('tr', null, h('th', { scope: 'row' }, t('last-contact')), h('td', null, minute(c.last_contact) || t('never'))),
		h('tr', null, h('th', { scope: 'row' }, t('last-ack')), h('td', null,
			c.last_ack.lsn ? t('ack-number', { n: number(c.last_ack.lsn), d: minute(c.last_ack.time) }) : '–'))));
}

function waiting(state) {
	if (!state.waiting.length)
		return [];
	return [h('h2', null, t('waiting')), h('ul', null, state.waiting.map((o) => h('li', null,
		o.form && !o.lost ? h('a', { href: sheetLink(o.unit, o.form, o.period) }, `${o.unit_name}, ${period(o.period)}`)
			: o.form ? `${o.unit_name}, ${period(o.period)}` : `${o.unit_name}: ${o.what}`, ' ',
		word(o.state), o.text ? ` ${o.text}` : '', ` (${minute(o.made)})`)))];
}

// Another server may go on in the place of the one that answered.
const mayHaveMoved = (counts) => ['succeeded', 'server-behind'].includes(counts.halt);

function outcome({ line, counts: c }) {
	const said = t('so-far', { sent: number(line.sent), acked: number(line.acked), refused: number(line.refused),
		late: number(line.late), pulled: number(line.pulled) });
	if (line.running)
		return [h('p', null, t('going')), h('p', null, said)];
	if (!line.done)
		return [];
	return line.ok ? [note('good', `✓ ${t('went-well')} ${said}`)]
		: [note('block', h('strong', null, t('went-badly')), ' ', line.halted && mayHaveMoved(c) ? t(`moved-${c.halt}`) : line.why), h('p', null, said),
			h('p', null, t(c.halt ? 'nothing-lost-halted' : 'nothing-lost'))];
}

export async function exchange(content, first) {
	let on = true;
	let pending = first.counts.queued; // how many there were when it began
	const result = h('div', { id: 'outcome', role: 'status', 'aria-live': 'polite' });
	const bar = h('progress', { hidden: true, 'aria-label': t('page-exchange') });
	const rest = h('div'), stuck = h('section', { id: 'stuck' }), byStick = h('section', { id: 'stick' });
	const left = h('span', { class: 'dim', role: 'status' });
	let began = 0;
	const button = h('button', { class: 'main', type: 'button', id: 'sync', autofocus: true, onclick: () => go() }, t('sync-button'));
	// Where another server is a person says; nothing goes there by itself.
	const place = h('input', { type: 'text', id: 'server', required: true, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: 200, placeholder: '10.0.0.5:7441' });
	const moved = h('form', { id: 'moved', hidden: true, onsubmit: (e) => { e.preventDefault(); go(place.value.trim()); } },
		h('label', { class: 'field' }, t('moved-server'), place), h('div', { class: 'row' }, h('button', { type: 'submit' }, t('moved-button'))));

	const stop = h('button', { type: 'button', id: 'stop', hidden: true, onclick: async () => { stop.disabled = true; show(await ask('sync_stop')); } }, t('sync-stop'));

	// By how fast it went so far; nothing is said of what nobody knows.
	function timeLeft(line) {
		const done = line.acked + line.refused + line.late, seconds = (Date.now() - began) / 1000;
		return line.running && pending && done && done < pending && seconds > 1 ? t('time-left', { n: number(Math.ceil((seconds * (pending - done)) / done)) }) : '';
	}
	function show(state) {
		const line = state.line;
		button.disabled = line.running;
		moved.hidden = line.running || !mayHaveMoved(state.counts);
		stop.hidden = !line.running;
		if (!line.running)
			stop.disabled = false;
		left.textContent = timeLeft(line);
		bar.hidden = !line.running;
		bar.max = Math.max(pending, 1);
		if (pending && line.sent)
			bar.value = Math.min(line.acked + line.refused + line.late, pending);
		else
			bar.removeAttribute('value');
		result.replaceChildren(...outcome(state));
		rest.replaceChildren(counts(state), ...waiting(state));
		return line.running ? null : drafts(state);
	}
	// A contact may bring the act by which what was typed here is no longer this unit's to send.
	async function drafts(state) {
		if (!state.counts.draft && !stuck.firstChild)
			return;
		await import('./stuck.js').then((s) => s.stuck(stuck, state, show)).catch((e) => stuck.replaceChildren(note('block', e.message)));
	}
	async function follow(state) {
		while (on && state.line.running) {
			await new Promise((r) => setTimeout(r, 250));
			state = await refresh();
			show(state);
		}
		(moved.hidden ? button : place).focus();
	}
	async function go(server) {
		result.replaceChildren(); // what the contact before came to is not what this one does
		pending = (await refresh()).counts.queued;
		began = Date.now();
		const state = await ask('sync', server ? { server } : {});
		show(state);
		await follow(state);
	}
	content.append(h('h1', null, t('page-exchange')), h('p', null, t('exchange-says')),
		h('div', { class: 'row' }, button, stop, left), bar, result, moved, rest, stuck, byStick);
	show(first);
	import('./stick.js').then(({ stick }) => stick(byStick, first, show)).catch((e) => byStick.replaceChildren(note('block', e.message)));
	if (first.line.running)
		follow(first);
	return () => { on = false; };
}
