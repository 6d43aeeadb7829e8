# Translations that would put arguments into the wrong places, or use words that people here do not.
# Input: a catalogue as `msgcat --no-wrap` prints it. Arguments of an error are put in one after the
# other, so the conversions of both texts must be the same in kind and order; %1$s cannot be used.

function conversions(text,    list)
{
	list = ""
	while (match(text, /%[-+ #0]*([*]|[0-9]+)?([.]([*]|[0-9]+))?(hh|h|ll|l|z|j|t)?([a-zA-Z%]|<PRI[a-zA-Z0-9]+>)/)) {
		list = list " " substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
	}
	return list
}

function complain(what)
{
	printf "%s:\n  %s\n  %s\n", what, id, str
	bad = 1
}

function judge(    i, low)
{
	if (id == "" || str == "")
		return
	judged++
	if (conversions(id) != conversions(str))
		complain("conversions differ in kind or order")
	low = tolower(str)
	for (i = 1; i <= word_count; i++)
		if (index(low, word[i]))
			complain("not a word for the screen: " word[i])
}

function value(line)
{
	sub(/^[^"]*"/, "", line)
	sub(/"$/, "", line)
	return line
}

BEGIN {
	# Words of courts and of databases, and those for which the glossary has a better one.
	word_count = split("từ chối|tranh chấp|xung đột|mâu thuẫn|sửa đổi|ký số|bản nháp|xếp hàng|" \
		"thiết bị đầu cuối|thất lạc|nhịp độ|hành vi|đã xác nhận|rỗng|null|tốt nhất|kém nhất|" \
		"giao dịch|bản ghi|cơ sở dữ liệu|khiếu nại|vi phạm", word, "|")
}
/^msgid / { judge(); id = value($0); str = ""; in_str = 0; next }
/^msgstr / { str = value($0); in_str = 1; next }
/^"/ { if (in_str) str = str value($0); else id = id value($0) }
END {
	judge()
	printf "texts: %d judged\n", judged
	exit bad
}
