// Targets, months, the log, devices: as a superior works with them.
import { writeFileSync } from 'node:fs';
import { ok, equal, match } from 'node:assert/strict';
import { page, key, shot, open, focused, mistakes, noSideways } from './browser.mjs';
import { judgeHere } from './look.mjs';

const dialog = () => page.waitForSelector('dialog[open]');

export default {
	async targets() {
		await open('targets');
		await page.waitForSelector('#targets');
		await noSideways();
		match(await page.textContent('#targets'), /Đảng bộ xã An/);
		await shot('targets');
		await page.locator('#tab-lagging').click();
		await page.waitForSelector('#lagging tbody tr');
		await judgeHere('lagging');
		const first = page.locator('#lagging tbody tr').first();
		await first.focus();
		await key('g'); // one key: telephoned
		await first.locator('.done', { hasText: 'đã gọi điện' }).waitFor();
		await key('n');
		await dialog();
		await page.keyboard.type('hẹn gửi ngày mai');
		await key('Enter');
		await first.locator('.done', { hasText: 'hẹn gửi ngày mai' }).waitFor();
		await page.locator('#strip', { hasText: 'chờ gửi' }).waitFor();
		await shot('lagging');
		await page.locator('#tab-places').click();
		await page.waitForSelector('#places');
		await shot('places');
		await page.fill('#to', '30/06/2022');
		await key('Tab');
		await page.waitForSelector('#places');
		equal(await page.inputValue('#to'), '30/06/2022');
		await open('targets/D.A/2022-08-31');
		await page.waitForSelector('#by-month');
		equal(await page.locator('#by-month tbody tr').count(), 8);
		match(await page.textContent('#by-month tfoot'), /Cộng/);
		await shot('target-months');
	},

	// A total handed down: what if, one share fixed, why; then sent as drafts.
	async hand_down() {
		await open('targets');
		await page.waitForSelector('#targets');
		await page.locator('#tab-allocate').focus();
		await key('Enter');
		await page.waitForSelector('#share-total');
		await noSideways();
		await page.focus('#share-total');
		await page.keyboard.type('20');
		await key('Enter');
		await page.waitForSelector('#allocation');
		const sum = () => page.textContent('#allocation tfoot td:nth-of-type(2)');
		equal(await sum(), '20');
		match(await page.textContent('#allocation'), /theo số làm gốc: \d+/);
		await page.locator('[data-unit="D.B"] input[type=text]').first().fill('9');
		await key('Tab');
		await page.locator('[data-unit="D.B"]', { hasText: 'giữ cố định' }).waitFor();
		equal(await sum(), '20', 'the others share the rest');
		match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^Không quá:/, 'Tab has led to the next field');
		await page.locator('[data-unit="D.A"] input[type=text]').nth(1).fill('3'); // of its own, whatever holds for all
		await key('Enter');
		await page.locator('[data-unit="D.A"]', { hasText: 'mức nhiều nhất' }).waitFor();
		equal(await sum(), '20');
		await page.locator('[data-unit="D.A"] input[type=text]').nth(1).fill('x');
		await key('Enter');
		await page.waitForSelector('#shares .block'); // said, and it can be mended where it stands
		await page.locator('[data-unit="D.A"] input[type=text]').nth(1).fill('');
		await key('Enter');
		await page.waitForSelector('#send-drafts');
		await page.fill('#share-floor', '8');
		await page.locator('#try-share').click();
		await page.waitForSelector('#shares .block'); // more than there is: said, nothing hidden
		await page.fill('#share-floor', '1');
		await page.locator('#try-share').click();
		await page.waitForSelector('#send-drafts');
		await shot('hand-down');
		await judgeHere('hand-down');
		await page.locator('#send-drafts').click();
		await dialog();
		await page.fill('dialog input[name=answer_by]', '30/11/2022');
		await key('Enter');
		await page.locator('#shares .good', { hasText: 'dự thảo' }).waitFor();
		mistakes();
	},

	// The unit's answer, by keyboard.
	async answer() {
		await open('targets');
		await page.locator('#tab-own').focus();
		await key('Enter');
		await page.waitForSelector('#drafts');
		match(await page.textContent('#drafts'), /năm 2023.*30\/11\/2022.*chờ đăng ký/);
		await judgeHere('answer');
		await page.locator('#drafts .answer').focus();
		await key('Enter');
		await dialog();
		await page.fill('dialog input[name=value]', '6');
		await page.fill('dialog textarea', 'ít nguồn');
		await shot('answer');
		await page.locator('dialog button.main').focus();
		await key('Enter');
		await page.waitForSelector('.note.good');
	},

	// A page for each unit that is behind; one alone by one key.
	async letters() {
		await open('targets');
		await page.locator('#tab-lagging').click();
		await page.waitForSelector('#lagging tbody tr');
		const rows = await page.locator('#lagging tbody tr').count();
		const [all] = await Promise.all([page.waitForEvent('popup'), page.locator('#letters').click()]);
		await all.waitForLoadState();
		equal(await all.locator('section').count(), rows);
		match(await all.textContent('body'), /Kính gửi: Đảng bộ xã An/);
		match(await all.textContent('body'), /Kính gửi: <img src=x/);
		await all.screenshot({ path: 'letters.png' });
		await all.close();
		await page.locator('#lagging tbody tr', { hasText: 'xã An' }).focus();
		const [one] = await Promise.all([page.waitForEvent('popup'), key('t')]);
		await one.waitForLoadState();
		equal(await one.locator('section').count(), 1);
		writeFileSync('letter.pdf', await one.pdf({ preferCSSPageSize: true }));
		await one.close();
	},

	async months() {
		await open('months/2022-08');
		await page.waitForSelector('#board');
		await noSideways();
		const count = async (id) => Number((await page.textContent(`#state-${id} strong`)).replace(/\D/g, ''));
		ok(await count('sent') > 0, 'somebody has sent');
		await shot('months');
		await page.locator('#state-sent').click();
		await page.waitForSelector('#board');
		await page.locator('#board tbody input[type=checkbox]').first().check();
		await page.locator('#return').click();
		await dialog();
		await page.fill('dialog textarea', 'kiểm tra lại số chuyển đến');
		await page.locator('dialog button.main').click();
		await page.locator('.note.good', { hasText: 'Đã trả lại 1' }).waitFor();
		await page.locator('#state-all').click();
		await page.selectOption('#period', '2022-07');
		await page.locator('#board th', { hasText: 'xã An' }).waitFor();
		const ready = page.locator('#accept-all');
		if (await ready.isEnabled()) {
			await ready.click();
			await dialog();
			await page.locator('dialog button.main').click();
			await page.locator('.note.good', { hasText: 'Đã duyệt' }).waitFor();
		}
		await page.locator('#request').click();
		await dialog();
		await shot('request');
		await page.locator('dialog button.main').click();
		await page.waitForSelector('.note.good');
		await page.locator('#summary').click();
		await dialog();
		await page.locator('dialog button.main').click();
		await page.locator('.note.good', { hasText: 'báo cáo tổng hợp' }).waitFor();
		await shot('months-done');
	},

	// From a total to the versions of one figure and what the server said; one key on the figure itself.
	async log() {
		await open('log/total/D/admitted/2022-01-01/2022-09-30');
		await page.waitForSelector('#children');
		await page.locator('#children a', { hasText: 'xã An' }).click();
		await page.waitForSelector('#sheets');
		await shot('log-unit');
		await page.locator('#sheets a', { hasText: 'tháng 8/2022' }).click();
		await page.waitForSelector('#versions');
		match(await page.textContent('#versions'), /máy chủ đã nhận, số/);
		match(await page.textContent('#versions'), /đang dùng/);
		await shot('log-figure');
		await open('sheet/D.A/monthly/2022-08');
		await page.waitForSelector('.grid input');
		await page.focus('[data-measure=admitted]');
		await key('l');
		await page.waitForSelector('#versions');
		await open('log');
		await page.waitForSelector('#entries tbody tr');
		match(await page.textContent('#entries tbody'), /✓ máy chủ đã nhận(?!, số)/); // whose number stands in the first column
		await noSideways();
		await shot('log');
	},

	async people() {
		await open('people');
		await page.waitForSelector('#devices tbody tr');
		await noSideways();
		await shot('people');
		await page.fill('#find', 'nguoi a2'); // any device's number may have the a2 in it
		const lost = page.locator('#devices tbody tr', { hasText: 'Người a2' });
		await page.fill('#find', (await lost.locator('td').nth(2).textContent()).trim());
		await page.waitForFunction(() => document.querySelectorAll('#devices tbody tr').length === 1);
		await lost.waitFor();
		await page.getByRole('button', { name: 'Thu hồi quyền: ' }).click();
		await dialog();
		await page.fill('dialog textarea', 'mất máy');
		await page.locator('dialog button.main').click();
		await page.waitForSelector('#said .good');
	},

	// The device that was revoked says so, and keeps what was typed.
	async revoked() {
		await open('exchange');
		await page.locator('#sync').click();
		await page.locator('#strip', { hasText: 'thu hồi quyền' }).waitFor({ timeout: 30000 });
		await shot('revoked');
		equal(await focused() !== '', true);
	},

	// Two people at one computer: what one could not keep waits while the other sits there.
	async two_people() {
		const enter = async (name, password) => {
			await page.waitForSelector('dialog.lock[open]');
			await page.selectOption('#who', { label: name });
			if (password)
				await page.fill('#password', password);
			await page.locator('#enter').click();
		};
		const unlocked = () => page.waitForFunction(() => !document.querySelector('dialog[open]'));
		await enter('Người d, Huyện Một');
		await dialog();
		for (const name of ['new', 'again'])
			await page.fill(`dialog input[name=${name}]`, 'mật khẩu của d');
		await page.locator('dialog button.main').click();
		await page.locator('#lock').click();
		await enter('Người a, Đảng bộ xã An', 'mật khẩu của a');
		await page.locator('#top .unit', { hasText: 'xã An' }).waitFor();
		await open('sheet/D.A/monthly/2022-09');
		await page.waitForSelector('[data-measure=class_sent]');
		await page.fill('[data-measure=class_sent]', '8x');
		await page.locator('#lock').click();
		await enter('Người d, Huyện Một', 'mật khẩu của d');
		await page.locator('#top .unit', { hasText: 'Huyện Một' }).waitFor();
		await open('sheet/D.A/monthly/2022-09');
		ok(await page.inputValue('[data-measure=class_sent]') !== '8x', 'it is not shown to somebody else');
		await page.locator('#lock').click();
		await enter('Người a, Đảng bộ xã An', 'mật khẩu của a');
		await page.locator('#top .unit', { hasText: 'xã An' }).waitFor();
		await open('sheet/D.A/monthly/2022-09');
		await page.waitForSelector('#said .warn');
		equal(await page.inputValue('[data-measure=class_sent]'), '8x', 'what could not be kept is there');
		mistakes();
	},

	// A password, ten minutes without anybody in the middle of a figure, and back.
	async lock() {
		await page.clock.install();
		await open('sheet/D.A/monthly/2022-09');
		await page.waitForSelector('.grid input');
		await page.locator('#choose-password').click();
		await dialog();
		for (const name of ['new', 'again'])
			await page.fill(`dialog input[name=${name}]`, 'mật khẩu của a');
		await page.locator('dialog button.main').click();
		await page.waitForSelector('#lock'); // it is chosen, and there is a lock without the page drawn anew
		await open('sheet/D.A/monthly/2022-09');
		await page.waitForSelector('#lock');
		await page.focus('[data-measure=class_sent]');
		await page.keyboard.type('7'); // not left yet
		await page.clock.fastForward('10:20');
		await page.waitForSelector('dialog.lock[open]');
		await page.clock.fastForward('00:05');
		await page.locator('dialog.lock', { hasText: 'vẫn còn' }).waitFor();
		equal((await page.evaluate(() => fetch('/api/home', { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } })
			.then((r) => r.status))), 401, 'the program has locked too');
		mistakes();
		await shot('locked');
		await key('Escape');
		ok(await page.isVisible('dialog.lock'), 'no way around');
		await page.fill('#password', 'sai rồi nhé');
		await key('Enter');
		await page.waitForSelector('dialog.lock .block');
		mistakes();
		await page.fill('#password', 'mật khẩu của a');
		await key('Enter');
		await page.waitForFunction(() => !document.querySelector('dialog[open]'));
		equal(await page.inputValue('[data-measure=class_sent]'), '7', 'what was typed is there');
		await open('sheet/D.A/monthly/2022-09');
		equal(await page.inputValue('[data-measure=class_sent]'), '7', 'and kept');
	},
};
