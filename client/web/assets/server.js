// Questions that only the server can answer: asked in a contact, kept on this computer, shown with their time and number.
import { ask, h, t, number, minute, note, refresh } from './main.js';

// The program asks in a contact of its own; what it was asked is then kept here.
async function askServer(path, question) {
	await ask(path, { ...question, ask: true });
	let state = await refresh();
	while (state.line.running) {
		await new Promise((r) => setTimeout(r, 200));
		state = await refresh();
	}
	if (!state.line.ok)
		throw new Error(state.line.why);
}

// The button, and when the answer that is shown was given. `again()` shows the page anew, `say(node)` what went wrong.
export function serverPart(path, question, answer, again, say) {
	const button = h('button', { type: 'button', class: 'ask-server', onclick: async () => {
		button.disabled = true;
		say(note('', t('server-asking')));
		try {
			await askServer(path, question);
			await again();
			say('');
		} catch (e) {
			say(note('block', `✖ ${e.message}${answer.kept ? ` ${t('server-kept-stays')}` : ''}`));
		}
		button.disabled = false;
	} }, t(answer.kept ? 'server-ask-again' : 'server-ask'));
	return h('div', { class: 'row' }, button, answer.kept ? h('span', { class: 'dim' }, t('server-said', { n: number(answer.known_at.lsn), d: minute(answer.known_at.time), k: minute(answer.kept) }))
		: h('span', { class: 'dim' }, t('server-never')));
}
