// A month by keyboard, sending, contests, the district's map, strangers.
import { ok, equal, match } from 'node:assert/strict';
import { address, origin, page, browser, mistakes, shot, key, type, focused, value, rowShown, goTo, kept, noSideways } from './browser.mjs';

export default {
	// A month by the keyboard alone, without a line to the server.
	async month() {
		equal(page.url(), origin + '/', 'the token left the address bar');
		await shot('home');
		await noSideways();
		match(await page.textContent('tbody'), /tháng 8\/2022/);
		await page.locator('tr', { hasText: 'tháng 8/2022' }).getByRole('link').focus();
		await key('Enter');
		await page.waitForSelector('.grid');
		await page.waitForFunction(() => document.activeElement.dataset.measure);
		equal(await focused(), 'admitted');
		ok(!(await rowShown('src_rural')), 'sources are not asked for yet');
		await type('3');
		await key('Enter'); // an of-which row comes below the figure that it is part of
		await kept();
		ok(await rowShown('src_rural'), 'sources are asked for');
		await type('-');
		await key('Tab');
		await kept();
		equal(await value('restored'), '0');
		await type('7');
		await key('Escape', 'ArrowUp', 'ArrowDown');
		equal(await value('moved_in_same_direct'), '', 'Escape takes it back');
		await type('12');
		await key('Enter');
		await kept();
		await key('Control+z');
		await page.waitForFunction(() => document.querySelector('[data-measure=moved_in_same_direct]').value === '');
		await goTo('moved_in_same_direct');
		while ((await focused()) !== 'members_end') { // ahead of the keeping: no key is lost
			await type('0');
			await key('Enter');
			await kept();
		}
		await type('1x');
		await key('Enter');
		await page.waitForSelector('#said .block'); // not a count: the field is not left
		equal(await focused(), 'members_end');
		await key('Escape');
		await type('1.020');
		await key('Enter');
		await kept();
		equal(await value('members_end'), '1.020');
		await key('ArrowUp', 'F2', 'Home', 'Delete', 'Enter'); // F2: within the figure
		await kept();
		equal(await value('members_end'), '20');
		await goTo('members_end');
		await type('5'); // the balance does not hold: said at once, and nothing can be signed
		await key('Enter');
		await page.waitForSelector('#messages .block');
		await shot('sheet');
		await noSideways();
		await key('Control+s');
		await page.waitForSelector('#said .block');
		await goTo('members_end');
		await type('20');
		await key('Enter');
		await page.waitForFunction(() => !document.querySelector('#messages .block'));
		await goTo('src_rural');
		await type('2');
		await key('Enter');
		await kept();
		await key('Control+s');
		await page.waitForSelector('dialog[open]');
		await key('Enter'); // sources do not add up to 3 when the blank ones are nil
		await page.waitForSelector('#said .block');
		match(await page.textContent('#said'), /\(2 so với 3\)|\(3 so với 2\)/);
		await goTo('src_rural');
		await type('3');
		await key('Enter');
		await kept();
		await goTo('src_veteran'); // faster than figures are kept: no key is lost
		await Promise.all(['0', 'Enter', '0', 'Tab', '0', 'ArrowDown', '0', 'Enter'].map((k) => page.keyboard.press(k)));
		await page.waitForFunction(() => [...document.querySelectorAll('[data-measure^=src_]')].filter((i) =>
			i.value === '0').length === 4);
		await kept();
		await key('Control+Home', 'Control+s');
		await page.waitForSelector('dialog[open]');
		await shot('sign');
		await key('Enter');
		await page.waitForSelector('#said .good');
		await page.locator('#strip', { hasText: 'chờ gửi: 1' }).waitFor();
		await shot('signed');
	},

	// What the server says of it, and what is said when it does not answer.
	async away() {
		await page.goto(origin + '/#/exchange');
		await page.waitForSelector('#sync');
		await key('Enter');
		await page.waitForSelector('#outcome .block', { timeout: 30000 });
		match(await page.textContent('#outcome'), /Không mất gì/);
		equal(await page.textContent('#count-queued'), '1');
		await shot('no-line');
	},
	async sync() {
		await page.goto(origin + '/#/exchange');
		await page.waitForSelector('#sync');
		await page.waitForFunction(() => document.activeElement.id === 'sync');
		await key('Enter');
		await page.locator('#count-queued', { hasText: /^0$/ }).waitFor();
		await page.waitForSelector('#outcome .good');
		ok(Number(await page.textContent('#count-acked')) > 0);
		await page.locator('#strip', { hasText: 'máy chủ đã nhận' }).waitFor();
		await shot(`synced-${process.env.KETNAP_NAME || 'a'}`);
	},

	// One act for a month without events.
	async nil() {
		await page.locator('tr', { hasText: 'tháng 7/2022' }).getByRole('button').focus();
		await key('Enter');
		await page.waitForSelector('dialog[open]');
		await shot('nil');
		await key('Enter');
		await page.waitForSelector('.note');
		await shot('nil-done');
	},

	// Two figures: the other one is kept.
	async contest() {
		await page.goto(origin + '/#/contests');
		await page.waitForSelector('form');
		await shot('contests');
		await noSideways();
		const forms = await page.locator('form').count();
		for (let left = forms; left > 0; left--) {
			const form = page.locator('form').first();
			await form.locator('label', { hasText: 'từ máy khác' }).locator('input').check();
			await form.locator('textarea').fill('đã đếm lại');
			await form.locator('button').click();
			await page.waitForFunction((n) => document.querySelectorAll('form').length === n, left - 1);
		}
		await page.waitForSelector('.good');
	},

	// The district: who has sent what, and a sheet on behalf.
	async district() {
		await shot('district');
		await page.goto(origin + '/#/map');
		await page.waitForSelector('.map');
		await shot('map');
		await noSideways();
		match(await page.textContent('.map'), /Chi bộ Bình/);
		await page.locator('tr', { hasText: 'Chi bộ Bình' }).getByRole('link', { name: /tháng 8\/2022/ }).click();
		await page.waitForSelector('.grid');
		match(await page.textContent('main'), /Nhập thay/);
		await shot('on-behalf');
		await page.getByRole('button', { name: 'English' }).click();
		await page.getByText('On behalf of a lower unit').waitFor();
		await shot('english');
		await page.goto(origin + '/#/map');
		await page.waitForSelector('.map');
		await page.evaluate(() => { document.documentElement.style.fontSize = '34px'; }); // 200 %
		await shot('map-200');
		await page.emulateMedia({ colorScheme: 'dark' });
		await page.evaluate(() => { document.documentElement.style.fontSize = ''; });
		await shot('map-dark');
	},

	// A page of another site gets nowhere.
	async stranger() {
		const other = await (await browser.newContext()).newPage();
		equal((await other.goto(origin + '/')).status(), 403, 'without the cookie');
		await page.goto('data:text/html,<h1>elsewhere</h1>');
		const got = await page.evaluate(async (o) => {
			const ask = (init) => fetch(o + '/api/sync', init).then((r) => `${r.type} ${r.status}`, () => 'failed');
			return [await ask({ method: 'POST', body: '{}', credentials: 'include' }),
				await ask({ method: 'POST', body: '{}', credentials: 'include', mode: 'no-cors' })];
		}, origin);
		equal(got.join(), 'failed,failed');
		mistakes();
		await page.goto(origin + '/#/exchange');
		await page.waitForSelector('#sync');
		equal(await page.textContent('#outcome'), '', 'and nothing was begun');
	},
};
