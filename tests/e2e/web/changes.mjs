// Reorganisation, the ends of months, drafts that become targets, forecasts: as a district and an operator work with them.
import { ok, equal, match } from 'node:assert/strict';
import { page, key, shot, open, keepBack, focused, mistakes, noSideways } from './browser.mjs';
import { judgeHere, look } from './look.mjs';

const dialog = () => page.waitForSelector('dialog[open]');
const text = (of) => page.textContent(of);
const yes = () => page.locator('dialog[open] button.main').click();

// By keyboard: what is typed into the dialog that finds a unit.
async function pick(button, what) {
	await button.focus();
	await key('Enter');
	await page.waitForSelector('#pick-unit');
	await page.keyboard.type(what);
	await key('Enter');
	await page.waitForFunction(() => !document.querySelector('dialog[open]'));
}
const change = async (what, fields) => {
	await page.selectOption('#change-what', what);
	for (const [name, value] of Object.entries(fields))
		await page.fill(`#change-${name}`, value);
};
const add = async (rows) => {
	await page.locator('#add-change').focus();
	await key('Enter');
	await page.waitForFunction((n) => document.querySelectorAll('#changes button').length === n, rows);
};
async function paper(no, from) {
	for (const [name, value] of Object.entries({ no, signed: '01/09/2022', signer: 'Trần Thị Ỷ', effective: from }))
		await page.fill(`#act-${name}`, value);
}

// Of the target of D.A 7 people go along, the rest to D.B.
async function handOver(rest) {
	await page.selectOption('#change-what', 'target');
	await page.fill('#change-unit', 'D.A');
	await key('Tab');
	const target = page.locator('#change-target option', { hasText: '12-NQ: 12' });
	await target.waitFor({ state: 'attached' });
	await page.selectOption('#change-target', await target.getAttribute('value'));
	for (const [name, part] of [['xa moi', '7'], ['chi bo binh', rest]]) {
		await pick(page.locator('#add-successor'), name);
		await page.keyboard.type(part); // the cursor stands in its field
	}
	await add(3);
}

// A new commune takes over D.A.
async function newCommune(rest) {
	await change('create', { unit: 'N', name: 'Đảng bộ xã Mới' });
	await page.selectOption('#change-kind', 'base_committee');
	await pick(page.getByRole('button', { name: 'Tìm: Trực thuộc' }), 'huyen mot');
	equal(await page.inputValue('#change-parent'), 'D');
	await page.check('#change-reports');
	await add(1);
	await change('merge', { unit: 'D.A' });
	await pick(page.getByRole('button', { name: 'Tìm: Sáp nhập vào' }), 'xa moi');
	await add(2);
	await handOver(rest);
}

export default {
	// A figure on behalf that another one of the unit's own came after.
	async differences() {
		await open('differences');
		await page.waitForSelector('#differences');
		equal(await page.locator('#differences tbody tr').count(), 3); // admitted, of them rural, members at the end
		match(await text('#differences'), /Chi bộ Bình.*tháng 7\/2022/);
		match(await text('#differences'), /ông Bình, điện thoại/);
		await noSideways();
		await judgeHere('differences');
		await page.fill('#find-difference', 'khong co');
		await page.locator('main .note', { hasText: 'Không tìm thấy' }).waitFor();
		await shot('differences-none');
		mistakes();
	},

	// A committee below the province proposes: a new organisation, one merged into it, its target handed over.
	async propose() {
		await open('acts');
		await page.locator('main .note', { hasText: 'Chưa có đơn vị nào đề nghị' }).waitFor();
		await shot('acts-empty');
		await page.locator('#tab-new').focus();
		await key('Enter');
		await page.waitForSelector('#document');
		await page.locator('#act-try').click(); // the document is not whole: the browser says so, nothing is asked
		equal(await page.locator('#tried').textContent(), '');
		await paper('5-TTr/HU', '16/09/2022');
		await page.locator('#act-try').click();
		await page.locator('#tried .block', { hasText: 'chưa có nội dung' }).waitFor();
		await newCommune('4'); // of 12: what this device holds it judges itself
		match(await text('#changes'), /Đảng bộ xã Mới \(N\) \(7\), Chi bộ Bình \(D\.B\) \(4\)/);
		await shot('act-form');
		await page.locator('#act-try').click();
		await page.locator('#tried .block', { hasText: 'D.A' }).waitFor();
		match(await text('#tried'), /không bằng chỉ tiêu/);
		await shot('act-refused-rule');
		await page.locator('#changes button').last().click();
		await page.waitForFunction(() => document.querySelectorAll('#changes button').length === 2);
		await handOver('5');
		await page.locator('#act-try').click();
		await page.waitForSelector('#touched');
		match(await text('#touched'), /Đảng bộ xã An \(D\.A\).*sáp nhập, hợp nhất, bàn giao chỉ tiêu/);
		await judgeHere('act-tried');
		await page.locator('#act-send').focus();
		await key('Enter');
		await dialog();
		await yes();
		await page.locator('main .note.good', { hasText: 'Đề nghị đã ghi' }).waitFor();
		await page.locator('main .note', { hasText: 'chờ gửi' }).first().waitFor();
		mistakes();
	},

	// 20 for the year after, as drafts.
	async hand_down_next() {
		await open('targets');
		await page.waitForSelector('#targets');
		await page.locator('#tab-allocate').click();
		await page.waitForSelector('#no-drafts');
		await page.fill('#share-total', '20');
		await key('Enter');
		await page.locator('#send-drafts').click();
		await dialog();
		await page.fill('dialog input[name=answer_by]', '30/11/2022');
		await yes();
		await page.locator('#shares .good', { hasText: 'dự thảo' }).waitFor();
	},

	// What was registered beside what was drafted; one given otherwise; tried, then given by a document.
	async publish() {
		await open('targets');
		await page.waitForSelector('#targets');
		await page.locator('#tab-allocate').click();
		await page.waitForSelector('#drafts-table');
		match(await text('[data-unit="D.A"]'), /7.*ít nguồn.*đã đăng ký/);
		await page.locator('#drafts-table [data-unit="D.B"] input[type=text]').fill('9');
		await page.selectOption('#publish-take', 'registered');
		await page.fill('#publish-no', '9-QĐ/HU');
		await page.locator('#try-publish').focus();
		await key('Enter');
		await page.locator('#published .good', { hasText: 'Sẽ giao 2 chỉ tiêu, cộng 16 người' }).waitFor();
		await judgeHere('publish');
		await page.locator('#publish').focus();
		await key('Enter');
		await dialog();
		await yes();
		await page.locator('#drafts-below .good', { hasText: 'Đã ghi 2 chỉ tiêu' }).waitFor();
		mistakes();
	},

	// A band on the first page and in the table; the whole year is beyond what was reported.
	async forecast() {
		await open('targets');
		await page.waitForSelector('#targets');
		await page.locator('#tab-forecast').click();
		await page.waitForSelector('#forecasts .band');
		match(await text('#forecasts'), /Huyện Một.*\/25/);
		await judgeHere('forecasts');
		await page.locator('#tab-table').click();
		await page.waitForSelector('#targets');
		const late = await keepBack('forecast'), asked = page.waitForRequest('**/api/forecast');
		await page.locator('#tab-forecast').click();
		await asked;
		await page.locator('#tab-places').click(); // without waiting
		await page.waitForSelector('#places');
		await late();
		equal(await page.locator('#places').count(), 1, 'the tab that was chosen last');
		equal(await page.locator('#forecasts').count(), 0);
		await open('');
		await page.waitForSelector('.bar .band');
		match(await text('p.forecast'), /Dự báo cả năm 2022: \d+ \(dải: /);
		await shot('forecast-home');
		mistakes();
	},

	// Several months at once, with what each of them still lacks.
	async close_many() {
		await open('months/2022-08');
		await page.waitForSelector('#board');
		const late = await keepBack('month_ends'), asked = page.waitForRequest('**/api/month_ends');
		await page.locator('#tab-ends').click();
		await asked;
		const again = page.waitForResponse('**/api/months');
		await page.locator('#tab-units').click(); // without waiting
		await again;
		await late();
		equal(await page.locator('#board').count(), 1, 'the tab that was chosen last');
		equal(await page.locator('#ends').count(), 0);
		await open('months/ends');
		await page.waitForSelector('#ends');
		await noSideways();
		equal(await page.locator('#ends tbody tr').count(), 13);
		await page.getByRole('checkbox', { name: 'tháng 7/2022' }).focus();
		await key('Space');
		await page.getByRole('checkbox', { name: 'tháng 6/2022' }).check();
		await page.locator('#close-many').focus();
		await key('Enter');
		await dialog();
		match(await text('dialog'), /tháng 6\/2022: đã gửi 0\/2, chưa gửi 2/);
		await shot('close-many');
		await yes();
		await page.locator('main .note.good', { hasText: 'Đã chốt số: 2' }).waitFor();
		mistakes();
	},

	async unlock_ask() {
		await open('months/unlocks');
		await page.locator('main .note', { hasText: 'Chưa tháng nào' }).waitFor();
		for (const [name, value] of Object.entries({ unit: 'D.B', period: '2022-06', until: '30/09/2022', reason: 'nhập thiếu một biểu' }))
			await page.fill(`#unlock input[name=${name}]`, value);
		await page.locator('#unlock button').focus();
		await key('Enter');
		await page.locator('main .note.good', { hasText: 'Đã đề nghị mở lại' }).waitFor();
		await judgeHere('unlock');
		mistakes();
	},

	// It is for the committee above to decide; the operator sees that it waits.
	async late_elsewhere() {
		await open('months/2022-06');
		await page.waitForSelector('#late');
		equal(await page.locator('#late button').count(), 0);
		match(await text('#late'), /chờ quyết định/);
		match(await text('#board'), /số đến muộn chờ quyết định/);
	},

	// What came after the closing is let count, with a reason.
	async late_decision() {
		await open('months/2022-06');
		await page.waitForSelector('#late');
		match(await text('#late'), /xã An, tháng 6\/2022.*40.*số không phát sinh/);
		await judgeHere('late');
		await page.locator('#late button').first().click();
		await dialog();
		await page.fill('dialog textarea', 'mất mạng cả tháng');
		await yes();
		await page.locator('main .note.good', { hasText: 'Tính số này' }).waitFor();
		ok(await page.locator('#state-amended').count(), 'amendments have a tile');
		mistakes();
	},

	async ask_figures() {
		await open('months/2022-08');
		await page.waitForSelector('#board');
		await page.locator('#request').click();
		await dialog();
		await yes();
		await page.waitForSelector('.note.good');
	},

	// Another person agrees; the one who asked is not offered it.
	async unlock_agree() {
		await open('months/requests');
		await page.waitForSelector('#requests');
		match(await text('#requests'), /0\/2/);
		await judgeHere('requests');
		await open('months/unlocks');
		await page.waitForSelector('#unlocks .agree');
		await page.locator('#unlocks .agree').focus();
		await key('Enter');
		await dialog();
		await page.fill('dialog textarea', 'đã gọi điện');
		await yes();
		await page.locator('main .note.good', { hasText: 'Đã đồng ý' }).waitFor();
		mistakes();
	},

	// Each is told with the unit and the rule, and nothing is queued.
	async acts_that_do_not_hold() {
		const bad = [[['dissolve', { unit: 'D' }], 'D.A: sẽ trực thuộc đơn vị đã kết thúc'], [['move', { unit: 'D', parent: 'D.A' }], 'D: '], [['rename', { unit: 'X.Y', name: 'Không có' }], 'X.Y'],
			[['dissolve', { unit: 'P' }], 'P: ']];
		for (const [i, [[what, fields], says]] of bad.entries()) {
			await open('acts/new');
			await page.waitForSelector('#document');
			await paper(`${i}-QĐ`, '16/09/2022');
			await change(what, fields);
			await add(1);
			await page.locator('#act-try').click();
			await page.waitForSelector('#tried .block');
			match(await text('#tried'), new RegExp(says), what);
			equal(await page.locator('#act-send').count(), 0);
			if (!i)
				await judgeHere('act-bad');
		}
		mistakes();
	},

	// Another person is for it, but not so; the operator puts another decision together and carries out that.
	async carry_out() {
		await open('acts');
		await page.waitForSelector('.proposal');
		match(await text('.proposal'), /Đảng bộ xã An \(D\.A\): sáp nhập/);
		await judgeHere('proposals');
		await page.locator('.carry-out').focus();
		await key('Enter');
		await page.fill('#act-no', '77-QĐ/TU');
		await page.locator('#act-try').click();
		await page.waitForSelector('#touched');
		await page.locator('.refuse').click();
		await dialog();
		await page.fill('dialog textarea', 'số văn bản sai');
		let go;
		await page.route('**/api/act_refuse', async (to) => {
			await new Promise((r) => { go = r; });
			await to.continue();
		});
		await yes();
		await page.locator('#tab-new').click(); // without waiting
		await page.waitForSelector('#change-what');
		await page.fill('#change-unit', 'X');
		go();
		await page.locator('#acts-said .good').waitFor();
		equal(await page.inputValue('#change-unit'), 'X', 'nothing was drawn anew under their hands');
		await paper('77-QĐ/TU', '16/09/2022');
		await newCommune('5');
		await page.locator('#act-try').click();
		await page.waitForSelector('#touched');
		await page.fill('#act-no', '78-QĐ/TU'); // changed after it was tried
		await page.locator('#act-send').click();
		await page.locator('#tried .warn', { hasText: 'hãy xem trước lại' }).waitFor();
		await page.locator('#act-try').click();
		await page.waitForSelector('#act-send');
		await shot('act-tried');
		await page.locator('#act-send').click();
		await dialog();
		await yes();
		await page.locator('main .note.good', { hasText: 'Quyết định đã ghi' }).waitFor();
		mistakes();
	},

	async then_and_now() {
		await open('acts/tree');
		await page.waitForSelector('#show-tree');
		await page.fill('#tree-was', '01/09/2022');
		await key('Enter');
		await page.waitForSelector('#tree');
		await judgeHere('tree');
		await open('acts/bridge');
		await page.waitForSelector('#bridge');
		await pick(page.locator('#bridge-find'), 'xa moi');
		await page.locator('#show-bridge').click();
		await page.locator('#bridge', { hasText: 'chuyển đến: Đảng bộ xã An' }).waitFor();
		match(await text('#bridge'), /78-QĐ\/TU, từ 16\/09\/2022/);
		await judgeHere('bridge');
		mistakes();
	},

	// What was typed of a month that the decision took away: shown with why, and dropped on a second word alone.
	async drop_draft() {
		await open('exchange');
		await page.waitForSelector('#stuck li');
		match(await text('#stuck'), /Đảng bộ xã An.*tháng 9\/2022.*Đảng viên mới kết nạp 1/);
		await judgeHere('stuck');
		await page.locator('#stuck button').focus();
		await key('Enter');
		await dialog();
		match(await text('dialog'), /Đảng viên mới kết nạp 1.*Bỏ biểu đang nhập/s);
		await judgeHere('drop-draft');
		equal(await focused(), 'Thôi');
		await key('Enter'); // twice in a row drops nothing
		await page.waitForFunction(() => !document.querySelector('dialog'));
		equal(await text('#count-draft'), '1');
		await key('Enter'); // the button has the focus again
		await dialog();
		await yes();
		await page.locator('#stuck-said .good', { hasText: 'Đã bỏ biểu đang nhập: Đảng bộ xã An' }).waitFor();
		equal(await text('#count-draft'), '0');
		equal(await page.locator('#stuck li').count(), 0);
		equal(await focused(), 'sync');
		await shot('draft-dropped');
		mistakes();
	},

	look_changes: () => look('changes', { acts: 'acts', 'act-new': 'acts/new', tree: 'acts/tree', bridge: 'acts/bridge', months: 'months/2022-07', ends: 'months/ends', requests: 'months/requests',
		unlocks: 'months/unlocks', differences: 'differences' }),
	look_proposer: () => look('proposer', { acts: 'acts', 'act-new': 'acts/new', tree: 'acts/tree', bridge: 'acts/bridge', targets: 'targets', differences: 'differences' }),
};
