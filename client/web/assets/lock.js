// Who sits here. Signing in; locked when nobody has done anything for a while: the page stays as it is behind
// the lock, and what was asked meanwhile is asked again.
import { ask, whenLocked } from './api.js';
import { h, t, note, came, question } from './dom.js';

const TICK_MS = 15000, PING_MS = 60000;
let door = null, open = null, last = Date.now(), pinged = Date.now(), locking = false;

const field = (label, attributes) => {
	const input = h('input', { required: true, maxlength: 200, ...attributes });
	return [input, h('label', { class: 'field' }, label, input)];
};

function form(done) {
	const people = door.people;
	const who = h('select', { id: 'who' }, people.map((p, i) => h('option', { value: i, selected: i === door.who },
		[p.name, p.unit].filter(Boolean).join(', '))));
	const [password, line] = field(t('password'), { type: 'password', id: 'password', autocomplete: 'current-password' });
	const said = h('div', { role: 'alert' });
	const fits = () => {
		const has = people[who.value]?.password;
		line.hidden = !has;
		password.required = Boolean(has);
	};
	who.addEventListener('change', fits);
	const f = h('form', { onsubmit: async (e) => {
		e.preventDefault();
		const before = door.who;
		try {
			door = await ask('enter', { who: Number(who.value), password: password.value });
			done(before === null || before === door.who);
		} catch (x) {
			said.replaceChildren(note('block', `✖ ${x.message}`));
			password.value = '';
			password.focus();
		}
	} }, h('h2', { id: 'lock-title' }, t(door.who === null ? 'sign-in' : 'locked')), door.who === null ? '' : h('p', null, t('locked-says')),
	h('label', { class: 'field' }, t('person'), who), line, said, h('div', { class: 'row' },
		h('button', { class: 'main', type: 'submit', id: 'enter' }, t('sign-in'))));
	fits();
	return [f, () => (line.hidden ? f.querySelector('button') : password).focus()];
}

// One lock at a time; resolves when the same person is back. Somebody else gets a page of their own.
export function unlock() {
	open ??= (async () => {
		door = await ask('door');
		if (!door.locked)
			return;
		await new Promise((resolve) => {
			const before = document.activeElement;
			const [f, focus] = form((same) => {
				dialog.close();
				dialog.remove();
				if (!same) {
					location.hash = '#/';
					location.reload();
					return;
				}
				before?.focus();
				resolve();
			});
			const dialog = h('dialog', { class: 'lock', 'aria-labelledby': 'lock-title' }, f);
			dialog.addEventListener('cancel', (e) => e.preventDefault());
			dialog.addEventListener('keydown', (e) => e.stopPropagation());
			document.body.append(dialog);
			dialog.showModal();
			focus();
		});
		last = Date.now();
		if (!door.people[door.who].password && door.people.length > 1)
			await choosePassword();
	})().finally(() => { open = null; });
	return open;
}

// A page of its own behind a lock: a field that is being typed into is kept first.
export async function lock() {
	if (locking || open)
		return;
	locking = true;
	document.activeElement?.blur();
	await new Promise((r) => setTimeout(r, 300));
	try {
		await ask('leave');
		await unlock();
	} catch { /* the program has ended; the next question says so */ }
	locking = false;
}

export async function choosePassword() {
	const has = door.people[door.who].password;
	let text = t('password-says');
	for (;;) {
		const yes = await question({ title: t('password-choose'), text, yes: t('keep'), fields: [
			...(has ? [{ name: 'old', label: t('password-old'), type: 'password', required: true }] : []),
			{ name: 'new', label: t('password-new'), type: 'password', required: true },
			{ name: 'again', label: t('password-again'), type: 'password', required: true }] });
		if (!yes)
			return;
		if (yes.new !== yes.again) {
			text = t('password-differs');
			continue;
		}
		try {
			await ask('password', yes);
			door = await ask('door');
			document.getElementById('lock')?.remove();
			document.getElementById('choose-password')?.replaceWith(...lockButtons().filter(Boolean)); // there is something to lock now
			return;
		} catch (e) {
			text = e.message;
		}
	}
}

// Buttons for the top of each page.
export const lockButtons = () => (door && door.who !== null && door.people.length ? [
	door.people[door.who].password ? h('button', { type: 'button', id: 'lock', onclick: lock }, t('lock')) : null,
	h('button', { type: 'button', id: 'choose-password', onclick: choosePassword }, t(door.people[door.who].password ? 'password-change' : 'password-set'))] : []);

// Nobody's computer yet: there is a card to be typed first.
export const newcomer = () => Boolean(door && door.newcomer);

export async function watch() {
	whenLocked(unlock);
	door = came('door') || await ask('door');
	for (const what of ['keydown', 'pointerdown', 'pointermove', 'wheel'])
		window.addEventListener(what, () => { last = Date.now(); }, { passive: true, capture: true });
	setInterval(() => {
		const now = Date.now();
		if (!door.people.length || open)
			return;
		if (now - last >= door.idle_ms)
			lock();
		else if (now - last < PING_MS && now - pinged >= PING_MS) {
			pinged = now;
			ask('state', { active: true }).catch(() => {});
		}
	}, TICK_MS);
}
