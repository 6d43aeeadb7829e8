// Forms whose figures come from the months and from the register, as a clerk fills them and as a district prints them.
import { ok, equal, match } from 'node:assert/strict';
import { page, key, shot, open, kept, mistakes, noSideways } from './browser.mjs';
import { judgeHere } from './look.mjs';

const row = (measure) => page.locator('table.grid tr', { has: page.locator(`[data-measure=${measure}]`) });

export default {
	async form_fill() {
		await open('');
		const link = page.locator('main a.button[href*="form2/2022-H1"]');
		await link.focus();
		await key('Enter');
		await page.waitForSelector('#fill');
		match(await row('f2_total').textContent(), /báo cáo tháng: 1/);
		match(await row('f2_occ_farm').textContent(), /sổ kết nạp: 1/);
		equal(await page.inputValue('[data-measure=f2_occ_farm]'), '');
		await page.locator('#fill').focus();
		await key('Enter');
		await page.locator('#said .good', { hasText: 'Đã lấy' }).waitFor();
		equal(await page.inputValue('[data-measure=f2_occ_farm]'), '1');
		await noSideways();
		await judgeHere('form2');
		await page.fill('[data-measure=f2_occ_farm]', '2');
		await key('Enter');
		await kept();
		match(await row('f2_occ_farm').textContent(), /số nhập khác/);
		await shot('form2-differs');
		await page.locator('#fill').click(); // what was typed stays
		await page.locator('#said .good', { hasText: 'giữ nguyên' }).waitFor();
		equal(await page.inputValue('[data-measure=f2_occ_farm]'), '2');
		await page.fill('[data-measure=f2_occ_farm]', '1');
		await key('Enter');
		await kept();
		await page.locator('#sign').click();
		await page.locator('dialog[open] button.main').click();
		await page.locator('#said .good', { hasText: '6 tháng' }).waitFor();
		ok(!(await page.textContent('#said')).includes('quy tắc'));
		await open('sheet/D.A/form1/2022-H1');
		await page.waitForSelector('#fill');
		match(await row('f1_admitted').textContent(), /báo cáo tháng: 1/);
		match(await page.textContent('h1'), /6 tháng đầu năm 2022/);
		equal(await page.locator('tr.sum', { hasText: 'Cộng: B.' }).count(), 1, 'one sum, whatever stands between its members');
		ok(!(await page.textContent('table.grid')).includes('*'), 'nothing is missing since 1 January');
		equal(await page.locator('#cumulative').count(), 0, 'since 1 January is the half-year itself');
		await shot('form1');
		mistakes();
	},

	// The whole form of a district on paper, out of the grid.
	async form_above() {
		await open('grid/form2/2022-H1');
		await page.waitForSelector('#print-form');
		equal(await page.inputValue('#form'), 'form2');
		match(await page.textContent('#nil-many'), /^Kỳ này không phát sinh/);
		equal(await page.evaluate(() => [...document.querySelectorAll('thead th span')].filter((s) => s.scrollHeight > s.clientHeight + 1 ||
			s.scrollWidth > s.clientWidth + 1 || s.clientHeight > 70).map((s) => s.textContent).join('; ')), '', 'a head that is cut');
		await noSideways();
		await judgeHere('grid-form2');
		await shot('grid-form2');
		await page.locator('#print-form').click();
		equal(await page.locator('#for-outside').count(), 0, 'a form is not made for outside');
		const [paper] = await Promise.all([page.context().waitForEvent('page'), page.locator('#to-printer').click()]);
		await paper.waitForLoadState();
		match(await paper.textContent('body'), /Huyện Một/);
		await paper.pdf({ path: 'form.pdf', format: 'A4' });
		await paper.close();
		await page.selectOption('#form', 'monthly');
		await page.waitForFunction(() => location.hash.includes('/monthly/'));
		mistakes();
	},

	// A post is handed over: the one who leaves has a last day, the one who comes a command for the card.
	async hand_over() {
		await open('people');
		await page.waitForSelector('#devices .hand-over');
		equal(await page.locator('#devices .hand-over').count(), 1, 'of units below alone');
		await noSideways();
		await page.locator('.hand-over').focus();
		await key('Enter');
		await page.waitForSelector('dialog[open]');
		await page.fill('dialog input[name=day]', '30/09/2022');
		await page.fill('dialog textarea', 'nghỉ hưu');
		await page.fill('dialog input[name=next]', 'Lò Bịa "Ba"');
		await shot('hand-over-ask');
		await page.locator('dialog[open] button.main').click();
		await page.locator('#said .good', { hasText: 'thôi chức trách sau ngày 30/09/2022' }).waitFor();
		equal(await page.textContent('#card-command'), 'ketnapd enroll D.A --role approver --person "Lò Bịa Ba"');
		await judgeHere('people-handed');
		mistakes();
	},
};
