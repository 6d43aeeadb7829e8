// What is above every page, and which page is shown. This file and what it imports come as one file, made when the program is
// built; each other page takes what it needs of them from here.
import { ask } from './api.js';
import { h, t, came, language, keepLanguage, setLanguage, number, minute, day, note } from './dom.js';
import { watch, lockButtons, newcomer } from './lock.js';
import { home } from './home.js';

export * from './dom.js';
export { ask, Refused } from './api.js';

// A page's code is fetched when it is first shown: the first one has little to wait for.
const pages = [
	{ path: '', name: 'home', show: home },
	{ path: 'map', name: 'map', load: async () => (await import('./map.js')).map, superior: true },
	{ path: 'grid', name: 'grid', load: async () => (await import('./grid.js')).grid, superior: true },
	{ path: 'targets', name: 'targets', load: async () => (await import('./targets.js')).targets },
	{ path: 'months', name: 'months', load: async () => (await import('./months.js')).months, superior: true },
	{ path: 'acts', name: 'acts', load: async () => (await import('./acts.js')).acts, superior: true, operator: true },
	{ path: 'register', name: 'register', load: async () => (await import('./register.js')).register },
	{ path: 'exchange', name: 'exchange', load: async () => (await import('./exchange.js')).exchange },
	{ path: 'contests', name: 'contests', load: async () => (await import('./contests.js')).contests },
	{ path: 'differences', load: async () => (await import('./differences.js')).differences },
	{ path: 'log', name: 'log', load: async () => (await import('./log.js')).log },
	{ path: 'people', name: 'people', load: async () => (await import('./people.js')).people, superior: true, operator: true },
	{ path: 'header', load: async () => (await import('./print.js')).header },
	{ path: 'sheet', load: async () => (await import('./sheet.js')).sheet },
];

// Whose place has nobody below it has nobody to watch; an operator there makes the first units and lets people in.
const isFor = (p, state) => !p.superior || state.superior || (p.operator && state.role === 'operator');

let leave = null; // the page that is shown wants to end something first
let shown = 0;
let fit = () => {}; // what finds no room in the line of pages goes into its menu

function strip(state) {
	const c = state.counts;
	const parts = [];
	const add = (name, count) => count && parts.push(h('span', null, t(name, { n: number(count) })));
	add('strip-draft', c.draft);
	add('strip-queued', c.queued);
	add('strip-contested', c.contested);
	add('strip-refused', c.refused);
	add('strip-late', c.late);
	add('strip-aside', c.aside);
	const open = c.draft + c.queued + c.contested + c.refused + c.late + c.aside;
	if (c.halt)
		parts.unshift(h('strong', null, t('halt-' + c.halt)));
	if (c.trouble)
		parts.unshift(h('strong', null, t('trouble-' + c.trouble)));
	if (!open && c.acked)
		parts.push(h('span', null, `✓ ${t('strip-all')}`));
	if (c.acked)
		parts.push(h('span', null, t('strip-acked', { n: number(c.acked) })));
	if (c.oldest_unsent)
		parts.push(h('span', null, t('strip-oldest', { d: minute(c.oldest_unsent) })));
	parts.push(h('span', null, c.last_contact ? t('strip-contact', { d: minute(c.last_contact) }) : t('strip-never')));
	const left = state.left_behind && state.left_behind.members + state.left_behind.cases;
	if (left)
		parts.unshift(h('strong', null, h('a', { href: '#/register/list' }, t('strip-left', { n: number(left) }))));
	const bar = document.getElementById('strip');
	bar.className = c.halt || c.trouble || c.refused || c.contested || left ? 'bad' : !open && c.acked ? 'good' : '';
	bar.replaceChildren(...parts);
}

// The line of pages is measured once, then what finds no room is moved: a look at a width after each move would lay the
// page out again and again.
function fitInto(nav, links, more) {
	if (more.lastChild.firstChild)
		nav.append(...links, more);
	more.hidden = false;
	const room = nav.getBoundingClientRect(), places = links.map((l) => l.getBoundingClientRect());
	const gap = places.length > 1 ? places[1].left - places[0].right : 0;
	const count = (label) => {
		more.firstChild.textContent = `${label} ▾`;
		let n = links.length;
		if (places[n - 1].right > room.right)
			for (const last = more.offsetWidth + gap; n > 1 && places[n - 1].right + last > room.right; n--);
		return n;
	};
	const here = links.findIndex((l) => l.hasAttribute('aria-current'));
	let shown = count(t('more'));
	if (here >= shown) // it stands there by its name, which may be longer
		shown = Math.min(here, count(links[here].textContent));
	more.hidden = shown === links.length;
	more.classList.toggle('here', here >= shown);
	more.lastChild.append(...links.slice(shown));
}

function top(state, here) {
	const links = pages.filter((p) => p.name && isFor(p, state)).map((p) =>
		h('a', { href: '#/' + p.path, 'aria-current': p.name === here ? 'page' : null }, t('page-' + p.name)));
	const other = language() === 'vi' ? 'en' : 'vi';
	const more = h('details', { class: 'more', hidden: true }, h('summary', null, t('more')), h('div'));
	const nav = h('nav', { 'aria-label': t('pages') }, links, more);
	fit = () => fitInto(nav, links, more);
	document.getElementById('top').replaceChildren(
		h('span', { class: 'unit' }, state.unit_name || state.unit), nav,
		h('span', { class: 'end' }, [state.person, t('role-' + state.role), day(state.today)].filter(Boolean).join(' · ')),
		...lockButtons().filter(Boolean), h('button', { type: 'button', lang: other, onclick: async () => { await setLanguage(other); route(); } },
			other === 'en' ? 'English' : 'Tiếng Việt'));
	document.getElementById('skip').textContent = t('skip');
	document.querySelector('.mark')?.remove();
	if (state.mark)
		document.body.prepend(h('aside', { class: 'mark', 'aria-label': t('mark-name') }, t('mark')));
}

// The strip anew; pages call it after what they did.
export async function refresh() {
	const state = await ask('state');
	strip(state);
	return state;
}

async function route() {
	const turn = ++shown;
	const main = document.getElementById('main');
	const parts = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
	const page = pages.find((p) => p.path === parts[0]) || pages[0];
	if (leave)
		await leave();
	leave = null;
	try {
		const known = came('state');
		const state = known || await refresh();
		if (known)
			strip(known);
		if (turn !== shown)
			return;
		top(state, page.name);
		document.title = `${t('page-' + (page.name || page.path))} – Kết nạp`;
		page.show ??= await page.load();
		const content = h('div');
		const end = state.known || page.name === 'exchange' ? await page.show(content, state, parts.slice(1))
			: content.append(h('h1', null, t('welcome')), note('', t('nothing-yet')),
				h('a', { class: 'button', href: '#/exchange' }, t('page-exchange')));
		if (turn !== shown)
			return;
		leave = end || null;
		main.replaceChildren(content);
		fit();
		(content.querySelector('[autofocus]') || main).focus({ preventScroll: true });
		window.scrollTo(0, 0);
	} catch (e) {
		main.replaceChildren(note('block', e.message === 'Failed to fetch' ? t('gone') : e.message));
	}
}

// The browser's own would print the screen.
window.addEventListener('keydown', (e) => {
	const print = document.getElementById('print');
	if (e.ctrlKey && e.key.toLowerCase() === 'p' && print && !document.querySelector('dialog[open]')) {
		e.preventDefault();
		print.click();
	}
});
window.addEventListener('resize', () => fit());
window.addEventListener('keydown', (e) => {
	const open = document.querySelector('details.more[open]');
	if (e.key === 'Escape' && open) {
		open.open = false;
		open.firstChild.focus();
	}
});
window.addEventListener('hashchange', () => newcomer() || route());
await watch();
document.documentElement.lang = language();
document.getElementById('skip').textContent = t('skip');
if (newcomer())
	import('./enrol.js').then((m) => m.enrol(document.getElementById('main'))); // which waits for this file to be through
else
	route();
if (language() !== 'vi')
	setTimeout(keepLanguage); // for another year
