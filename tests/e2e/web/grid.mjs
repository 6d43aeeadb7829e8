// Many units in one grid: typing, blocks, going to a unit, months without events, names that are scripts.
import { ok, equal, match } from 'node:assert/strict';
import { page, key, type, shot, open, noSideways } from './browser.mjs';

// The grid's cell of a unit and a measure, as it is read out.
const cell = (unit, measure) => page.locator(`tr[role=row] td[aria-label^="${unit}, ${measure}:"]`);
const active = () => page.evaluate(() => document.getElementById(document.getElementById('grid').getAttribute('aria-activedescendant'))
	?.getAttribute('aria-label'));
const begin = async (hash = 'grid/monthly/2022-08') => {
	await open(hash);
	await page.waitForSelector('#cell-0-0');
	await page.waitForFunction(() => document.activeElement.id === 'grid');
};
const standsAt = (text) => page.waitForFunction((x) => document.getElementById(document.getElementById('grid')
	.getAttribute('aria-activedescendant'))?.getAttribute('aria-label').startsWith(x), text);
const clip = (text) => page.evaluate((x) => navigator.clipboard.writeText(x), text);
const clipped = () => page.evaluate(() => navigator.clipboard.readText());
const told = (text) => page.locator('#info', { hasText: text }).waitFor();

export default {
	async grid_typing() {
		await begin();
		await noSideways();
		match(await active(), /Đảng bộ xã An, Số đảng viên đầu kỳ/);
		await key('ArrowDown', 'ArrowRight');
		match(await active(), /Chi bộ Bình, Đảng viên mới kết nạp: chưa nhập/);
		await told('Kỳ trước');
		equal(await cell('Chi bộ Bình', 'nông thôn').count(), 0, 'sources are not asked for');
		const total = () => page.textContent('tfoot td:nth-of-type(2)');
		const before = Number(await total());
		await type('3');
		await key('Tab');
		await page.waitForFunction(() => !document.querySelector('#editor[aria-busy]') && document.activeElement.id === 'grid');
		equal(Number(await total()), before + 3, 'the total has moved');
		match(await cell('Chi bộ Bình', 'Đảng viên mới kết nạp').getAttribute('aria-label'), /: 3, đang nhập/);
		match(await active(), /Chi bộ Bình, Phục hồi đảng tịch/);
		await Promise.all(['-', 'Tab', '2', 'Tab', '0', 'Enter'].map((k) => page.keyboard.press(k))); // faster than they are kept
		await page.waitForFunction(() => document.querySelectorAll('td.wait').length === 4);
		match(await cell('Chi bộ Bình', 'Phục hồi đảng tịch').getAttribute('aria-label'), /: 0, đang nhập/);
		await key('Control+z');
		await page.waitForFunction(() => document.querySelectorAll('td.wait').length === 3);
		await type('1x');
		await key('Enter');
		await page.waitForSelector('#said .block');
		equal(await page.inputValue('#editor'), '1x', 'what cannot be kept is not left');
		await key('Escape');
		ok(await page.locator('th', { hasText: 'Nguồn' }).count() || await page.locator('thead th').count() > 15, 'sources have come');
		await key('Control+Home', 'ArrowDown', 'ArrowRight');
		await key('Delete');
		await page.waitForFunction(() => document.querySelectorAll('td.wait').length === 2);
		await page.locator('#cumulative').check(); // 4 since January, of which none before
		await page.focus('#grid');
		await type('4');
		await told('kỳ này');
		await key('Escape');
		await key('F2', 'Escape');
		await key('Control+g');
		await page.waitForSelector('dialog[open]');
		await type('xa an');
		await key('Enter');
		await standsAt('Đảng bộ xã An,');
		await shot('grid');
	},

	// A block out of a spreadsheet: looked at, kept whole or not at all, taken back.
	async grid_paste() {
		await begin();
		await key('Control+Home', 'ArrowRight', 'ArrowDown');
		await clip('2\t0\t1.000\n');
		await key('Control+v');
		await page.waitForSelector('dialog[open]');
		match(await page.textContent('dialog'), /3 ô, 1 dòng/);
		await shot('paste');
		await key('Enter');
		await page.waitForFunction(() => [...document.querySelectorAll('td.wait')].length >= 3);
		match(await cell('Chi bộ Bình', 'Chuyển đến từ TCCSĐ khác trong cùng đảng bộ trực thuộc').getAttribute('aria-label'), /: 1\.000, đang nhập/);
		await page.focus('#grid');
		await key('Control+z');
		await page.waitForFunction(() => ![...document.querySelectorAll('td.wait')].some((x) => x.textContent.includes('1.000')));
		await clip('2\tx1\t5\n7\t7\t7\n'); // not a count, and beyond the edge
		await key('Control+v');
		await page.waitForSelector('dialog[open] .block');
		equal(await page.locator('dialog button.main').count(), 0, 'nothing of it can be kept');
		await key('Escape');
		await key('Control+Home', 'Shift+ ');
		await key('Control+c');
		match(await clipped(), /^\d*\t?/);
		await key('Control+a', 'Control+c');
		const block = await clipped();
		match(block, /^Mã\tĐơn vị\t/);
		match(block, /\nD\.B\tChi bộ Bình\t/);
		ok(block.includes("\t'=cmd|"), 'a name is no formula');
	},

	// One act and one confirmation for several units; what cannot be signed is named and left out.
	async grid_nil() {
		await begin('grid/monthly/2022-07');
		await page.waitForSelector('#cell-3-0');
		await key('Control+Home', 'Control+a');
		await page.locator('#nil-many').click();
		await page.waitForSelector('dialog[open]');
		const named = await page.textContent('#named');
		match(named, /Chi bộ Bình/);
		match(named, /Đảng bộ xã An/);
		await shot('nil-many');
		await page.fill('dialog input[name=from]', 'điện thoại, đồng chí B');
		await page.fill('dialog textarea[name=reason]', 'mất mạng');
		await page.locator('dialog button.main').click();
		await page.waitForSelector('#said .block');
		await page.locator('dialog', { hasText: 'chưa chốt được' }).waitFor();
		const left = await page.textContent('dialog .names');
		match(left, /xã An/); // has signed its own
		match(left, /=cmd/); // nobody knows its members
		ok(!left.includes('Bình'));
		await shot('nil-left-out');
		await page.locator('dialog button.main').click();
		await page.waitForSelector('#said .good');
		match(await page.textContent('#said'), /2 đơn vị/);
		await page.locator('#strip', { hasText: 'chờ gửi: 2' }).waitFor();
		await shot('nil-many-done');
	},

	// Names and notes that are scripts are texts.
	async hostile() {
		let ran = false;
		page.on('dialog', (d) => { ran = true; d.dismiss(); });
		for (const hash of ['', 'map', 'grid/monthly/2022-08', 'contests', 'exchange', 'sheet/D.X/monthly/2022-08']) {
			await open(hash);
			await page.waitForTimeout(150);
			equal(await page.evaluate(() => document.querySelectorAll('main script, main img, header img, header script').length), 0, hash);
		}
		match(await page.textContent('main'), /<img src=x onerror=alert\(2\)>/);
		ok(!ran, 'no script has run');
	},
};
