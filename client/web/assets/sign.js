// Who signs, and on whose word: what is asked before a sheet goes out.
import { t } from './main.js';

export function signFields(onBehalf, onPaper, needsReason, today) {
	const list = [];
	if (onBehalf)
		list.push({ name: 'from', label: t('from-whom'), required: true, example: t('from-example') });
	if (needsReason || onBehalf)
		list.push({ name: 'reason', label: t('reason'), required: true, type: 'textarea' });
	if (onPaper && !onBehalf)
		list.push({ name: 'signer', label: t('signer'), required: true }, { name: 'title', label: t('signer-title') },
			{ name: 'paper_day', label: t('paper-day'), required: true, type: 'date', value: today });
	return list;
}
