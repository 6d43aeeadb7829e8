/* Names of places and offices as they stood in 2022; never of persons. Schools and companies go by the
 * place alone, since their real names are often those of people. */
#include "province_internal.h"

#include <assert.h>

const char *const trade_tags[TRADES] = {
	[TRADE_COMMUNE] = "commune",
	[TRADE_TOWN] = "town",
	[TRADE_AGENCY] = "agency",
	[TRADE_SCHOOL] = "school",
	[TRADE_HEALTH] = "health",
	[TRADE_ENTERPRISE] = "enterprise",
	[TRADE_COOPERATIVE] = "cooperative",
	[TRADE_POLICE] = "police",
	[TRADE_ARMY] = "army",
	[TRADE_BORDER] = "border",
};

/* Codes, names and tags as in scripts/demo/province/direct-units.csv. */
const struct direct_row direct_rows[PROVINCE_DIRECT] = {
	{ "QNA.TK", "Thành ủy Tam Kỳ", "locality", "thành phố Tam Kỳ", "",
	  "An Mỹ|An Phú|An Sơn|An Xuân|Hòa Hương|Hòa Thuận|Phước Hòa|Tân Thạnh|Trường Xuân",
	  "Tam Ngọc|Tam Phú|Tam Thanh|Tam Thăng", false, 22, 52 },
	{ "QNA.HA", "Thành ủy Hội An", "locality", "thành phố Hội An", "",
	  "Cẩm An|Cẩm Châu|Cẩm Nam|Cẩm Phô|Cửa Đại|Minh An|Sơn Phong|Tân An|Thanh Hà",
	  "Cẩm Hà|Cẩm Kim|Cẩm Thanh|Tân Hiệp", false, 20, 42 },
	{ "QNA.DB", "Thị ủy Điện Bàn", "locality", "thị xã Điện Bàn", "",
	  "Điện An|Điện Dương|Điện Nam Bắc|Điện Nam Đông|Điện Nam Trung|Điện Ngọc|Vĩnh Điện",
	  "Điện Hòa|Điện Hồng|Điện Minh|Điện Phong|Điện Phước|Điện Phương|Điện Quang|Điện Thắng Bắc|"
	  "Điện Thắng Nam|Điện Thắng Trung|Điện Thọ|Điện Tiến|Điện Trung",
	  false, 26, 48 },
	{ "QNA.DL", "Huyện ủy Đại Lộc", "locality", "huyện Đại Lộc", "Ái Nghĩa", "",
	  "Đại An|Đại Chánh|Đại Cường|Đại Đồng|Đại Hiệp|Đại Hòa|Đại Hồng|Đại Hưng|Đại Lãnh|Đại Minh|"
	  "Đại Nghĩa|Đại Phong|Đại Quang|Đại Sơn|Đại Tân|Đại Thạnh|Đại Thắng",
	  false, 22, 42 },
	{ "QNA.DX", "Huyện ủy Duy Xuyên", "locality", "huyện Duy Xuyên", "Nam Phước", "",
	  "Duy Châu|Duy Hải|Duy Hòa|Duy Nghĩa|Duy Phú|Duy Phước|Duy Sơn|Duy Tân|Duy Thành|Duy Thu|"
	  "Duy Trinh|Duy Trung|Duy Vinh",
	  false, 18, 42 },
	{ "QNA.TB", "Huyện ủy Thăng Bình", "locality", "huyện Thăng Bình", "Hà Lam", "",
	  "Bình An|Bình Chánh|Bình Dương|Bình Đào|Bình Định Bắc|Bình Định Nam|Bình Giang|Bình Hải|"
	  "Bình Lãnh|Bình Minh|Bình Nam|Bình Nguyên|Bình Phú|Bình Phục|Bình Quế|Bình Quý|Bình Sa|"
	  "Bình Trị|Bình Triều|Bình Trung|Bình Tú",
	  false, 26, 48 },
	{ "QNA.NT", "Huyện ủy Núi Thành", "locality", "huyện Núi Thành", "Núi Thành", "",
	  "Tam Anh Bắc|Tam Anh Nam|Tam Giang|Tam Hải|Tam Hiệp|Tam Hòa|Tam Mỹ Đông|Tam Mỹ Tây|"
	  "Tam Nghĩa|Tam Quang|Tam Sơn|Tam Thạnh|Tam Tiến|Tam Trà|Tam Xuân I|Tam Xuân II",
	  false, 23, 45 },
	{ "QNA.PN", "Huyện ủy Phú Ninh", "locality", "huyện Phú Ninh", "Phú Thịnh", "",
	  "Tam An|Tam Dân|Tam Đại|Tam Đàn|Tam Lãnh|Tam Lộc|Tam Phước|Tam Thái|Tam Thành|Tam Vinh",
	  false, 14, 36 },
	{ "QNA.QS", "Huyện ủy Quế Sơn", "locality", "huyện Quế Sơn", "Đông Phú|Hương An", "",
	  "Quế An|Quế Châu|Quế Hiệp|Quế Long|Quế Minh|Quế Mỹ|Quế Phong|Quế Phú|Quế Thuận|Quế Xuân 1|"
	  "Quế Xuân 2",
	  false, 16, 40 },
	{ "QNA.NS", "Huyện ủy Nông Sơn", "locality", "huyện Nông Sơn", "Trung Phước", "",
	  "Ninh Phước|Phước Ninh|Quế Lâm|Quế Lộc|Sơn Viên", true, 8, 27 },
	{ "QNA.HD", "Huyện ủy Hiệp Đức", "locality", "huyện Hiệp Đức", "Tân Bình", "",
	  "Bình Lâm|Bình Sơn|Hiệp Hòa|Hiệp Thuận|Phước Gia|Phước Trà|Quế Lưu|Quế Thọ|Sông Trà|"
	  "Thăng Phước",
	  true, 14, 34 },
	{ "QNA.TP", "Huyện ủy Tiên Phước", "locality", "huyện Tiên Phước", "Tiên Kỳ", "",
	  "Tiên An|Tiên Cảnh|Tiên Cẩm|Tiên Châu|Tiên Hà|Tiên Hiệp|Tiên Lãnh|Tiên Lập|Tiên Lộc|Tiên Mỹ|"
	  "Tiên Ngọc|Tiên Phong|Tiên Sơn|Tiên Thọ",
	  false, 18, 40 },
	{ "QNA.PS", "Huyện ủy Phước Sơn", "locality", "huyện Phước Sơn", "Khâm Đức", "",
	  "Phước Chánh|Phước Công|Phước Đức|Phước Hiệp|Phước Hòa|Phước Kim|Phước Lộc|Phước Mỹ|"
	  "Phước Năng|Phước Thành|Phước Xuân",
	  true, 15, 34 },
	{ "QNA.BTM", "Huyện ủy Bắc Trà My", "locality", "huyện Bắc Trà My", "Trà My", "",
	  "Trà Bui|Trà Dương|Trà Đốc|Trà Đông|Trà Giác|Trà Giang|Trà Giáp|Trà Ka|Trà Kót|Trà Nú|Trà Sơn|"
	  "Trà Tân",
	  true, 16, 38 },
	{ "QNA.NTM", "Huyện ủy Nam Trà My", "locality", "huyện Nam Trà My", "", "",
	  "Trà Mai|Trà Cang|Trà Don|Trà Dơn|Trà Leng|Trà Linh|Trà Nam|Trà Tập|Trà Vân|Trà Vinh",
	  true, 13, 36 },
	{ "QNA.NG", "Huyện ủy Nam Giang", "locality", "huyện Nam Giang", "Thạnh Mỹ", "",
	  "Cà Dy|Chà Vàl|Chơ Chun|Đắc Pre|Đắc Pring|Đắc Tôi|La Dêê|La Êê|Tà Bhing|Tà Pơơ|Zuôih",
	  true, 15, 36 },
	{ "QNA.DG", "Huyện ủy Đông Giang", "locality", "huyện Đông Giang", "P'rao", "",
	  "A Rooi|A Ting|Ba|Jơ Ngây|Ka Dăng|Mà Cooih|Sông Kôn|Tà Lu|Tư|Za Hung", true, 14, 36 },
	{ "QNA.TG", "Huyện ủy Tây Giang", "locality", "huyện Tây Giang", "", "",
	  "A Tiêng|A Nông|A Vương|A Xan|Bha Lê|Ch'Ơm|Dang|Ga Ry|Lăng|Tr'Hy", true, 13, 34 },
	{ "QNA.CA", "Đảng ủy Công an tỉnh", "police", "", "", "", "", false, 14, 10 },
	{ "QNA.QUANSU", "Đảng ủy Quân sự tỉnh", "army", "", "", "", "", false, 7, 6 },
	{ "QNA.BP", "Đảng ủy Bộ đội Biên phòng tỉnh", "border", "", "", "", "", false, 16, 4 },
	{ "QNA.KCCQ", "Đảng ủy Khối các cơ quan tỉnh", "bloc", "", "", "", "", false, 38, 35 },
};

struct office {
	const char *name; /* %: "huyện Đại Lộc"; @: "Đại Lộc" */
	enum trade trade;
};

/* Base committees of a district besides its communes. */
static const struct office district_committees[] = {
	{ "Công an %", TRADE_POLICE },
	{ "Trung tâm Y tế %", TRADE_HEALTH },
	{ "Cơ quan chính quyền %", TRADE_AGENCY },
	{ "Khối doanh nghiệp %", TRADE_ENTERPRISE },
	{ "Cơ quan Đảng - đoàn thể %", TRADE_AGENCY },
	{ "các doanh nghiệp khu công nghiệp @", TRADE_ENTERPRISE },
	{ "Quân sự %", TRADE_ARMY },
	{ "Công ty Môi trường đô thị @", TRADE_ENTERPRISE },
	{ "Công ty Cấp thoát nước @", TRADE_ENTERPRISE },
};

/* Its base cells, before the schools. */
static const struct office district_cells[] = {
	{ "Trường THPT @", TRADE_SCHOOL },
	{ "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên %", TRADE_SCHOOL },
	{ "Tòa án nhân dân %", TRADE_AGENCY },
	{ "Viện Kiểm sát nhân dân %", TRADE_AGENCY },
	{ "Chi cục Thi hành án dân sự %", TRADE_AGENCY },
	{ "Chi cục Thuế %", TRADE_AGENCY },
	{ "Kho bạc Nhà nước %", TRADE_AGENCY },
	{ "Bảo hiểm xã hội %", TRADE_AGENCY },
	{ "Phòng Giáo dục và Đào tạo %", TRADE_AGENCY },
	{ "Phòng Nông nghiệp và Phát triển nông thôn %", TRADE_AGENCY },
	{ "Trung tâm Bồi dưỡng chính trị %", TRADE_AGENCY },
	{ "Trung tâm Kỹ thuật nông nghiệp %", TRADE_AGENCY },
	{ "Ban Quản lý dự án đầu tư xây dựng %", TRADE_AGENCY },
	{ "Hạt Kiểm lâm %", TRADE_AGENCY },
	{ "Ngân hàng Chính sách xã hội %", TRADE_AGENCY },
	{ "Điện lực @", TRADE_ENTERPRISE },
	{ "Bưu điện @", TRADE_ENTERPRISE },
	{ "Công ty may mặc tại @", TRADE_ENTERPRISE },
	{ "Công ty xây dựng tại @", TRADE_ENTERPRISE },
	{ "Hợp tác xã Nông nghiệp @", TRADE_COOPERATIVE },
};
static const char *const schools[] = { "Trường THCS @", "Trường Tiểu học @", "Trường Mẫu giáo @" };

static const char *const police_committees[] = {
	"Phòng Tham mưu",
	"Phòng Tổ chức cán bộ",
	"Phòng Công tác đảng và công tác chính trị",
	"Phòng Hậu cần",
	"Phòng Cảnh sát hình sự",
	"Phòng Cảnh sát kinh tế",
	"Phòng Cảnh sát điều tra tội phạm về ma túy",
	"Phòng Cảnh sát giao thông",
	"Phòng Cảnh sát cơ động",
	"Phòng Cảnh sát quản lý hành chính về trật tự xã hội",
	"Phòng Cảnh sát phòng cháy chữa cháy và cứu nạn cứu hộ",
	"Phòng Quản lý xuất nhập cảnh",
	"Trại tạm giam",
	"Văn phòng Cơ quan Cảnh sát điều tra",
};
static const char *const police_cells[] = {
	"Thanh tra",
	"Phòng Kỹ thuật hình sự",
	"Phòng Cảnh sát môi trường",
	"Phòng Hồ sơ",
	"Phòng Cảnh sát thi hành án hình sự",
	"Phòng Viễn thông và cơ yếu",
	"Phòng Tài chính",
	"Trung tâm Huấn luyện",
	"Bệnh xá",
	"Nhà khách",
};
static const char *const army_committees[] = {
	"Phòng Tham mưu",     "Phòng Chính trị",     "Phòng Hậu cần",        "Phòng Kỹ thuật",
	"Trung đoàn Bộ binh", "Trường Quân sự tỉnh", "Tiểu đoàn Huấn luyện",
};
static const char *const army_cells[] = {
	"Thanh tra quốc phòng", "Đại đội Trinh sát", "Đại đội Công binh",
	"Đại đội Thông tin",    "Kho Quân khí",      "Bệnh xá",
};
static const char *const border_committees[] = {
	"Phòng Tham mưu",           "Phòng Chính trị",          "Phòng Trinh sát",
	"Phòng Hậu cần - Kỹ thuật", "Đồn Biên phòng Cửa Đại",   "Đồn Biên phòng Cù Lao Chàm",
	"Đồn Biên phòng Bình Minh", "Đồn Biên phòng Tam Thanh", "Đồn Biên phòng Kỳ Hà",
	"Đồn Biên phòng A Xan",     "Đồn Biên phòng Ga Ry",     "Đồn Biên phòng Chà Vàl",
	"Đồn Biên phòng La Dêê",    "Đồn Biên phòng La Êê",     "Đồn Biên phòng Đắc Pre",
	"Đồn Biên phòng Đắc Pring",
};
static const char *const border_cells[] = {
	"Tiểu đoàn Huấn luyện - Cơ động",
	"Hải đội",
	"Đại đội Thông tin",
	"Bệnh xá",
};
/* The first two teach, the next three heal; name_section and provincial_trade rely on it. */
static const char *const bloc_committees[] = {
	"Trường Đại học Quảng Nam",
	"Trường Cao đẳng Quảng Nam",
	"Bệnh viện Đa khoa tỉnh",
	"Bệnh viện Đa khoa khu vực",
	"Bệnh viện Phụ sản - Nhi tỉnh",
	"Công ty Điện lực tỉnh",
	"Văn phòng Tỉnh ủy",
	"Văn phòng Ủy ban nhân dân tỉnh",
	"Sở Nội vụ",
	"Sở Tài chính",
	"Sở Kế hoạch và Đầu tư",
	"Sở Công Thương",
	"Sở Xây dựng",
	"Sở Giao thông vận tải",
	"Sở Nông nghiệp và Phát triển nông thôn",
	"Sở Tài nguyên và Môi trường",
	"Sở Lao động - Thương binh và Xã hội",
	"Sở Giáo dục và Đào tạo",
	"Sở Y tế",
	"Sở Văn hóa, Thể thao và Du lịch",
	"Sở Khoa học và Công nghệ",
	"Sở Thông tin và Truyền thông",
	"Sở Tư pháp",
	"Thanh tra tỉnh",
	"Tòa án nhân dân tỉnh",
	"Viện Kiểm sát nhân dân tỉnh",
	"Cục Thuế tỉnh",
	"Cục Hải quan tỉnh",
	"Cục Thi hành án dân sự tỉnh",
	"Cục Thống kê tỉnh",
	"Cục Quản lý thị trường tỉnh",
	"Kho bạc Nhà nước tỉnh",
	"Bảo hiểm xã hội tỉnh",
	"Ngân hàng Nhà nước chi nhánh tỉnh",
	"Trường Chính trị tỉnh",
	"Báo Quảng Nam",
	"Đài Phát thanh - Truyền hình tỉnh",
	"Chi cục Kiểm lâm tỉnh",
};
static const char *const bloc_cells[] = {
	"Ban Tổ chức Tỉnh ủy",
	"Ban Tuyên giáo Tỉnh ủy",
	"Ban Dân vận Tỉnh ủy",
	"Ban Nội chính Tỉnh ủy",
	"Cơ quan Ủy ban Kiểm tra Tỉnh ủy",
	"Cơ quan Đảng ủy Khối",
	"Cơ quan Mặt trận Tổ quốc tỉnh",
	"Cơ quan Hội Liên hiệp Phụ nữ tỉnh",
	"Cơ quan Hội Nông dân tỉnh",
	"Cơ quan Hội Cựu chiến binh tỉnh",
	"Cơ quan Tỉnh đoàn",
	"Cơ quan Liên đoàn Lao động tỉnh",
	"Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân tỉnh",
	"Ban Dân tộc tỉnh",
	"Ban Quản lý các khu kinh tế và khu công nghiệp",
	"Liên minh Hợp tác xã tỉnh",
	"Liên hiệp các hội khoa học và kỹ thuật tỉnh",
	"Liên hiệp các tổ chức hữu nghị tỉnh",
	"Hội Chữ thập đỏ tỉnh",
	"Hội Văn học - Nghệ thuật tỉnh",
	"Hội Nhà báo tỉnh",
	"Hội Luật gia tỉnh",
	"Ban đại diện Hội Người cao tuổi tỉnh",
	"Hội Nạn nhân chất độc da cam/dioxin tỉnh",
	"Trung tâm Phục vụ hành chính công tỉnh",
	"Quỹ Đầu tư phát triển tỉnh",
	"Ban Quản lý dự án đầu tư xây dựng tỉnh",
	"Ngân hàng Chính sách xã hội chi nhánh tỉnh",
	"Bưu điện tỉnh",
	"Viễn thông tỉnh",
	"Trung tâm Kiểm soát bệnh tật tỉnh",
	"Trung tâm Giám định y khoa tỉnh",
	"Bảo tàng tỉnh",
	"Thư viện tỉnh",
	"Trung tâm Khuyến nông tỉnh",
};
static_assert(ARRAY_LEN(police_committees) == 14 && ARRAY_LEN(police_cells) == 10, "direct_rows");
static_assert(ARRAY_LEN(army_committees) == 7 && ARRAY_LEN(army_cells) == 6, "direct_rows");
static_assert(ARRAY_LEN(border_committees) == 16 && ARRAY_LEN(border_cells) == 4, "direct_rows");
static_assert(ARRAY_LEN(bloc_committees) == 38 && ARRAY_LEN(bloc_cells) == 35, "direct_rows");

/* The index-th name of a list; when there are fewer, data is NULL and *index is lessened by them. */
static struct span pick(const char *list, unsigned *index)
{
	while (*list) {
		const char *bar = strchr(list, '|');
		size_t len = bar ? (size_t)(bar - list) : strlen(list);

		if (!*index)
			return span_of(list, len);
		--*index;
		list += len + (bar != NULL);
	}
	return span_of(NULL, 0);
}

/* "xã Đại An" with the commune's own name in *place; NULL when there are fewer communes (*index is
 * then lessened by them) or no memory. */
static const char *commune_name(const struct direct_row *d, unsigned *index, struct arena *a,
				enum trade *trade, const char **place)
{
	const char *const lists[] = { d->towns, d->wards, d->communes };
	static const char *const sorts[] = { "thị trấn", "phường", "xã" };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct span name = pick(lists[i], index);

		if (!name.data)
			continue;
		*trade = i == 2 ? TRADE_COMMUNE : TRADE_TOWN;
		*place = arena_str(a, name);
		return *place ? arena_printf(a, "%s %s", sorts[i], *place) : NULL;
	}
	return NULL;
}

/* The name of an office of the province's own direct units: police, army, border, bloc. */
static const char *provincial_office(const struct direct_row *d, bool committee, unsigned index)
{
	switch (d->tag[0]) {
	case 'p':
		return committee ? police_committees[index] : police_cells[index];
	case 'a':
		return committee ? army_committees[index] : army_cells[index];
	default:
		if (!strcmp(d->tag, "border"))
			return committee ? border_committees[index] : border_cells[index];
		return committee ? bloc_committees[index] : bloc_cells[index];
	}
}

static enum trade provincial_trade(const struct direct_row *d, bool committee, unsigned index)
{
	if (!strcmp(d->tag, "police"))
		return TRADE_POLICE;
	if (!strcmp(d->tag, "army"))
		return TRADE_ARMY;
	if (!strcmp(d->tag, "border"))
		return TRADE_BORDER;
	if (!committee)
		return TRADE_AGENCY;
	return index < 2    ? TRADE_SCHOOL
	       : index < 5  ? TRADE_HEALTH
	       : index == 5 ? TRADE_ENTERPRISE
			    : TRADE_AGENCY;
}

/* The one % or @ of a pattern, filled in. */
static const char *fill(struct arena *a, const char *pattern, const char *full, const char *bare)
{
	const char *at = strpbrk(pattern, "%@");

	return arena_printf(a, "%.*s%s%s", (int)(at - pattern), pattern, *at == '@' ? bare : full,
			    at + 1);
}

/* "Đại Lộc" of "Huyện ủy Đại Lộc". */
static const char *bare_place(const struct direct_row *d)
{
	static const char committee[] = "ủy ";

	return strstr(d->name, committee) + sizeof(committee) - 1;
}

bool name_committee(struct naming *out, const struct direct_row *d, unsigned index, struct arena *a)
{
	const char *office, *bare;
	unsigned left = index;

	*out = (struct naming){ .place = "", .contact = "Văn phòng Đảng ủy" };
	if (!*d->place) {
		office = provincial_office(d, true, index);
		out->trade = provincial_trade(d, true, index);
	} else {
		office = commune_name(d, &left, a, &out->trade, &bare);
		if (office) {
			out->place = office;
			out->contact = arena_printf(a, "Văn phòng Đảng ủy %s", office);
		} else if (left < ARRAY_LEN(district_committees)) {
			office = fill(a, district_committees[left].name, d->place, bare_place(d));
			out->trade = district_committees[left].trade;
		}
	}
	out->name = office ? arena_printf(a, "Đảng bộ %s", office) : NULL;
	return out->name && out->contact;
}

bool name_cell(struct naming *out, const struct direct_row *d, unsigned index, struct arena *a)
{
	const char *office, *place = NULL;
	unsigned communes = UINT32_MAX, left;
	enum trade ignored;

	*out = (struct naming){ .place = "", .contact = "Bí thư Chi bộ", .trade = TRADE_SCHOOL };
	if (!*d->place) {
		office = provincial_office(d, false, index);
		out->trade = provincial_trade(d, false, index);
	} else if (index < ARRAY_LEN(district_cells)) {
		office = fill(a, district_cells[index].name, d->place, bare_place(d));
		out->trade = district_cells[index].trade;
	} else {
		(void)commune_name(d, &communes, a, &ignored, &place);
		communes = UINT32_MAX - communes;
		left = (index - (unsigned)ARRAY_LEN(district_cells)) % communes;
		index = (index - (unsigned)ARRAY_LEN(district_cells)) / communes;
		assert(index < ARRAY_LEN(schools));
		(void)commune_name(d, &left, a, &ignored, &place);
		office = place ? fill(a, schools[index], place, place) : NULL;
	}
	out->name = office ? arena_printf(a, "Chi bộ %s", office) : NULL;
	return out->name != NULL;
}

const char *name_section(const char *committee)
{
	if (!strcmp(committee, "Đảng bộ Trường Đại học Quảng Nam"))
		return "Đảng bộ bộ phận Khối Sinh viên";
	if (!strcmp(committee, "Đảng bộ Bệnh viện Đa khoa tỉnh"))
		return "Đảng bộ bộ phận Khối Lâm sàng";
	return NULL;
}

/* Villages and quarters: pairs of syllables common there. Steps of 5 and 7 through twelve of each do not
 * meet the same pair twice within twelve; no committee has as many. */
static const char *village(bool town, unsigned index, unsigned salt, struct arena *a)
{
	static const char *const first[] = { "Phú", "An",  "Bình", "Thanh", "Long",  "Tân",
					     "Mỹ",  "Hòa", "Đông", "Xuân",  "Phước", "Thạnh" };
	static const char *const second[] = { "Bắc",   "Nam",   "Tây", "Sơn",  "Hà",  "Lộc",
					      "Thành", "Trung", "Quý", "Điền", "Khê", "Lâm" };

	return arena_printf(a, "Chi bộ %s %s %s", town ? "khối phố" : "thôn",
			    first[(salt + index * 5) % 12], second[(salt / 12 + index * 7) % 12]);
}

const char *name_sub_cell(enum trade trade, bool mountain, const char *place, unsigned index,
			  unsigned count, unsigned salt, struct arena *a)
{
	static const char *const offices[] = { "Cơ quan", "Quân sự", "Công an", "Trạm Y tế" };
	static const char *const nouns[TRADES] = {
		[TRADE_AGENCY] = "Phòng",   [TRADE_SCHOOL] = "Khoa",
		[TRADE_HEALTH] = "Khoa",    [TRADE_ENTERPRISE] = "Phân xưởng",
		[TRADE_COOPERATIVE] = "Tổ", [TRADE_POLICE] = "Đội",
		[TRADE_ARMY] = "Đại đội",   [TRADE_BORDER] = "Đội",
	};

	if (trade != TRADE_COMMUNE && trade != TRADE_TOWN)
		return arena_printf(a, "Chi bộ %s %u", nouns[trade], index + 1);
	if (count > ARRAY_LEN(offices) && index >= count - ARRAY_LEN(offices))
		return arena_printf(a, "Chi bộ %s %s", offices[index + ARRAY_LEN(offices) - count],
				    place);
	if (mountain && trade == TRADE_COMMUNE)
		return arena_printf(a, "Chi bộ thôn %u", index + 1);
	return village(trade == TRADE_TOWN, index, salt, a);
}
