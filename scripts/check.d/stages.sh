# The stages of scripts/check, which sources this and sets root and out. Each stage runs in its own
# bash, so a failing command fails it.
# shellcheck shell=bash disable=SC2154
set -euo pipefail

# The order when all are run. Between the first and the last, those that run the programs as built for use wait for one
# another, for the disk and for time, and leave half of two processors idle: what only computes runs beside them and
# gives way. No two that run tests are beside each other. The tests last, so that their summary closes the page.
# shellcheck disable=SC2034
readonly stages_first=(gcc symbols) \
	stages_waiting=(e2e browser mutants) \
	stages_computing=(format shell rooms texts clang tidy cppcheck windows sanitized) \
	stages_last=(threads tests)
# shellcheck disable=SC2034
readonly stages=("${stages_first[@]}" "${stages_computing[@]}" "${stages_waiting[@]}" "${stages_last[@]}")

# Fewer cases than these mean that tests were lost on the way. Raise them as tests are added.
readonly tests_min=1000 threads_min=3 mutants_min=1 browser_min=270 e2e_min=20
# Tests that may be skipped, as extended regular expressions; each needs a reason beside it.
readonly skips_allowed=()

readonly this=${2:-}
jobs=$(nproc)
readonly jobs

counts()
{
	printf '%d %d\n' "$1" "$2" >"$out/log/$this.counts"
}

# A line that is shown under the stage's result even when all is well.
note()
{
	printf '%s\n' "$1" >>"$out/log/$this.notes"
}

die()
{
	printf '%s\n' "$1"
	exit 1
}

need()
{
	local tool

	for tool in "$@"; do
		command -v "$tool" >/dev/null || die "$tool is missing: run scripts/deps all"
	done
}

files()
{
	"$root/scripts/check.d/files" "$root" "$@"
}

# --- sources -------------------------------------------------------------------------------------

stage_format()
{
	local list=() texts=() bad=0

	need clang-format
	cd "$root"
	mapfile -t list < <(files c h)
	mapfile -t texts < <(files c h md proto cmake txt sh js css html po && printf '%s\n' scripts/*)
	counts "${#list[@]}" 0
	# All at once takes a third of the time; which one is wrong is asked only when one is.
	# shellcheck disable=SC2016
	printf '%s\0' "${list[@]}" | xargs -0 -r -n 32 -P "$jobs" bash -c 'bad=0
		! clang-format --dry-run -Werror "$@" 2>/dev/null || exit 0
		for file; do
			clang-format --dry-run -Werror "$file" 2>/dev/null || {
				printf "%s: not laid out by scripts/format\n" "$file"
				bad=1
			}
		done
		exit $bad' format || bad=1
	grep -nIE -d skip '[[:blank:]]+$|'$'\r''$' -- "${texts[@]}" && bad=1
	[ $bad -eq 0 ] || die "scripts/format lays out C files; blanks at other lines' ends go by hand"
}

stage_shell()
{
	local list=() script

	need shellcheck
	cd "$root"
	mapfile -t list < <(find scripts tests .ci -type f -not -name '*.awk' -print0 |
		xargs -0 -r grep -lIE -m 1 '^#!.*[/ ]bash|^# shellcheck shell=bash' | LC_ALL=C sort)
	counts "${#list[@]}" 0
	for script in "${list[@]}"; do
		bash -n "$script"
	done
	# It uses one processor, whatever the machine has.
	printf '%s\0' "${list[@]}" | xargs -0 -r -n 8 -P "$jobs" shellcheck -x
}

# A copy of all C files in which one more line of one file is wrong must not pass.
expect_breach()
{
	local copy=$1 file=$2 line=$3

	mkdir -p "$copy/$(dirname "$file")"
	printf '%s\n' "$line" >"$copy/$file"
	if "$root/scripts/check.d/rooms" includes "$copy" >"$copy.out"; then
		die "self-test: $line in $file was not noticed"
	fi
	grep -q "^$file:1: " "$copy.out" || die "self-test: $line in $file: another file was blamed"
	rm "$copy/$file"
}

stage_rooms()
{
	local copy n

	cd "$root"
	"$root/scripts/check.d/rooms" layout "$root"
	"$root/scripts/check.d/rooms" includes "$root" | tee "$out/log/rooms.found"
	n=$(sed -n 's/^includes: \([0-9]*\) judged/\1/p' "$out/log/rooms.found")
	copy=$(mktemp -d)
	# shellcheck disable=SC2064
	trap "rm -rf '$copy' '$copy.out'" EXIT
	files c h | xargs -r cp --parents -t "$copy"
	mkdir -p "$copy"/{server/core,client/core}/include/{server,client}
	: >"$copy/server/core/include/server/wall_test.h"
	: >"$copy/client/core/include/client/wall_test.h"
	"$root/scripts/check.d/rooms" includes "$copy" >/dev/null
	expect_breach "$copy" common/base/src/wall_test.c '#include "kv/kv.h"'
	expect_breach "$copy" common/kv/src/wall_test.c '#include <lmdb.h>'
	expect_breach "$copy" common/domain/src/wall_test.c '#include <openssl/evp.h>'
	expect_breach "$copy" common/ledger/src/wall_test.c '#include "op.pb-c.h"'
	expect_breach "$copy" common/ledger/src/wall_test.c '#include "server/wall_test.h"'
	expect_breach "$copy" server/core/src/wall_test.c '#include <event2/event.h>'
	expect_breach "$copy" server/core/src/wall_test.c '  #  include "client/wall_test.h"'
	expect_breach "$copy" client/core/src/wall_test.c '#include "server/wall_test.h"'
	expect_breach "$copy" client/core/src/wall_test.c '#include <sys/socket.h>'
	expect_breach "$copy" common/base/src/wall_test.c '#include <glib.h>'
	expect_breach "$copy" common/base/src/wall_test.c '#include "../../kv/src/kv_impl.h"'
	expect_breach "$copy" tests/e2e/foreign/wall_test.c '#include "base/err.h"'
	expect_breach "$copy" attic/src/wall_test.c '#include <stdio.h>'
	counts $((n + 13)) 0
}

# A catalogue that was changed by a sed script must not pass, for the reason that is given.
expect_bad_text()
{
	local script=$1 reason=$2 scratch=$3

	sed "$script" "$root/common/base/po/vi.po" >"$scratch/vi.po"
	! cmp -s "$root/common/base/po/vi.po" "$scratch/vi.po" || die "self-test: $script changes nothing"
	! "$root/scripts/check.d/texts" "$root" "$scratch/vi.po" >"$scratch/found" 2>&1 ||
		die "self-test: a catalogue after $script was taken as good"
	grep -q "$reason" "$scratch/found" || die "self-test: $script: another reason was given"
}

stage_texts()
{
	local scratch n

	need xgettext msgmerge msgfmt msgattrib msgcat
	"$root/scripts/check.d/texts" "$root" "$root/common/base/po/vi.po" | tee "$out/log/texts.found"
	n=$(sed -n 's/^texts: \([0-9]*\) judged/\1/p' "$out/log/texts.found")
	scratch=$(mktemp -d)
	# shellcheck disable=SC2064
	trap "rm -rf '$scratch'" EXIT
	# shellcheck disable=SC2016
	expect_bad_text 's/^msgstr "dòng %zu, cột %s"/msgstr "cột %2$s, dòng %1$zu"/' \
		'conversions differ' "$scratch"
	expect_bad_text 's/^msgstr "máy không đủ bộ nhớ"/msgstr ""/' 'no translation' "$scratch"
	expect_bad_text 's/^msgstr "máy chủ đã nhận"/msgstr "Máy chủ đã xác nhận"/' \
		'not a word for the screen' "$scratch"
	counts $((n + 3)) 0
}

# --- builds --------------------------------------------------------------------------------------

# What each build is compiled with. gcc is what people run, whose warnings need the optimiser: the same code as
# RelWithDebInfo, without the tables for a debugger. clang's warnings come from its front end, and what it builds is
# not run. Under the sanitizers less optimising hides less, and lines are kept for their reports; what may be cut off in
# a text is left to the gcc build, which knows the ranges of numbers.
readonly -A build_flags=(
	[gcc]='-O2'
	[clang]='-O0'
	[asan]='-O1 -g1 -Wno-format-truncation'
	[tsan]='-O1 -g1 -Wno-format-truncation'
)

# build NAME TARGET OPTION ...: configure and build TARGET in $out/NAME, warnings as errors.
build()
{
	local dir=$out/$1 target=$2 flags="${build_flags[$1]} -DNDEBUG" launcher=()

	shift 2
	need cmake ninja
	command -v ccache >/dev/null && launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
	cmake --log-level=WARNING -G Ninja -S "$root" -B "$dir" -DKETNAP_WERROR=ON -DBUILD_TESTING=ON \
		-DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS_RELWITHDEBINFO="$flags" \
		-DCMAKE_EXPORT_COMPILE_COMMANDS=ON "${launcher[@]}" "$@"
	cmake --build "$dir" --target "$target"
}

# The project's C files in a compile database; generated ones live in the build folder.
compiled_files()
{
	need jq
	jq -r '.[].file' "$out/$1/compile_commands.json" | sed -n "s|^$root/||p" | grep -v '^build' |
		LC_ALL=C sort -u
}

count_compiled()
{
	counts "$(compiled_files "$1" | wc -l)" 0
}

# A C file that nothing compiles is checked by nobody.
require_all_compiled()
{
	local lost

	lost=$(comm -13 <(compiled_files "$1") <(files c | LC_ALL=C sort))
	[ -z "$lost" ] || die "not part of the build: $lost"
}

stage_gcc()
{
	build gcc all -DCMAKE_C_COMPILER=gcc
	count_compiled gcc
	require_all_compiled gcc
}

stage_clang()
{
	need clang
	build clang all -DCMAKE_C_COMPILER=clang
	count_compiled clang
}

# --- static checks -------------------------------------------------------------------------------

# Libraries that call what they have no right to must not pass, whatever they include.
symbols_self_test()
{
	local dir=$1 call

	for call in 'long time(void *);long f(void){return time(0);}' \
		'int mdb_env_create(void *);int f(void){return mdb_env_create(0);}' \
		'int bufferevent_flush(void *);int f(void){return bufferevent_flush(0);}' \
		'int rand(void);int f(void){return rand();}'; do
		rm -f "$dir"/libdomain.a
		printf '%s\n' "$call" | gcc -x c -c -o "$dir/f.o" -
		ar rc "$dir/libdomain.a" "$dir/f.o"
		! "$root/scripts/check.d/rooms" symbols "$dir" >/dev/null ||
			die "self-test: a domain library with $call was not noticed"
	done
}

stage_symbols()
{
	local scratch absent

	need nm gcc ar
	build gcc all -DCMAKE_C_COMPILER=gcc
	"$root/scripts/check.d/rooms" symbols "$out/gcc" | tee "$out/log/symbols.found"
	scratch=$(mktemp -d)
	# shellcheck disable=SC2064
	trap "rm -rf '$scratch'" EXIT
	symbols_self_test "$scratch"
	mapfile -t absent < <(sed -n 's/: not there yet$//p' "$out/log/symbols.found" | LC_ALL=C sort)
	[ ${#absent[@]} -eq 0 ] || note "not there yet: ${absent[*]}"
	counts "$(sed -n 's/^symbols: \([0-9]*\) .*/\1/p' "$out/log/symbols.found")" ${#absent[@]}
}

# tidy_keys FILE ...: "KEY FILE" for each. The key stands for all that the verdict hangs on: the command, the texts of the
# source and of each header that the build of it read, the rules and the tool.
tidy_keys()
{
	local dir=$out/clang work=$out/tidy.keys

	rm -rf "$work"
	mkdir -p "$work/of"
	ninja -C "$dir" -t deps >"$work/deps"
	# A header that is no more has no sum, which makes another key too.
	(cd "$dir" && sed -n 's/^    //p' "$work/deps" | LC_ALL=C sort -u | xargs -r -d '\n' sha256sum) >"$work/sums" 2>/dev/null ||
		true
	jq -r '.[] | "\(.file)\t\(.command)"' "$dir/compile_commands.json" >"$work/commands"
	printf '%s\n' "$@" >"$work/files"
	{ cat "$root/.clang-tidy" && clang-tidy --version; } >"$work/rules"
	awk -v root="$root/" -v to="$work/of/" '
		FILENAME ~ /sums$/ { sum[substr($0, 67)] = $1; next }
		FILENAME ~ /deps$/ && /^ / { texts[object] = texts[object] sum[$1] " " $1 "\n"; next }
		FILENAME ~ /deps$/ { object = substr($1, 1, length($1) - 1); next }
		FILENAME ~ /commands$/ {
			tab = index($0, "\t")
			file = substr($0, 1, tab - 1)
			match($0, / -o [^ ]+ -c /)
			of[file] = of[file] substr($0, tab + 1) "\n" texts[substr($0, RSTART + 4, RLENGTH - 8)]
			next
		}
		FILENAME ~ /rules$/ { rules = rules $0 "\n"; next }
		{ key = to sprintf("%05d", FNR); printf "%s%s", rules, of[root $0] >key; close(key) }
	' "$work/sums" "$work/deps" "$work/commands" "$work/rules" "$work/files"
	(cd "$work/of" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum) | cut -d' ' -f1 |
		paste -d' ' - "$work/files"
}

# tidy_one KEY FILE: one process for each file, for the analyser of clang-tidy 14 keeps names of the file before and then
# takes one function for another (a va_list that va_start had begun was called uninitialized in the second of two files).
# A file that passes need not be looked at again while its key stays.
tidy_one()
{
	clang-tidy --quiet --config-file="$root/.clang-tidy" -p "$out/clang" "$root/$2" 2>/dev/null || return 1
	: >"$out/tidy/$1"
	printf 'tidy %s\n' "$2"
}

# The product, not the tests: what Criterion's macros become is nobody's to tidy.
stage_tidy()
{
	local list=() seeds

	need clang-tidy clang jq
	"$root/scripts/check.d/tidy_seeds" "$root" | tee "$out/log/tidy.seeds"
	seeds=$(sed -n 's/^tidy_seeds: \([0-9]*\) found$/\1/p' "$out/log/tidy.seeds")
	build clang all -DCMAKE_C_COMPILER=clang
	mkdir -p "$out/tidy"
	# The largest first: the last file alone on one processor is a small one.
	mapfile -t list < <(cd "$root" && compiled_files clang | grep -v '^tests/' | xargs -r wc -c |
		sort -rn | awk '$2 != "total" { print $2 }')
	counts $((${#list[@]} + seeds)) 0
	tidy_keys "${list[@]}" >"$out/log/tidy.keys"
	[ "$(wc -l <"$out/log/tidy.keys")" -eq ${#list[@]} ] || die "a file has no key"
	export root out
	export -f tidy_one
	# shellcheck disable=SC2016
	while read -r key file; do
		[ -e "$out/tidy/$key" ] || printf '%s\0%s\0' "$key" "$file"
	done <"$out/log/tidy.keys" |
		xargs -0 -r -n 2 -P "$jobs" bash -c 'set -euo pipefail; tidy_one "$@"' tidy
	# Stamps of texts that no longer exist only take room.
	find "$out/tidy" -type f -mtime +30 -delete
}

stage_cppcheck()
{
	need cppcheck
	build clang all -DCMAKE_C_COMPILER=clang
	mkdir -p "$out/cppcheck"
	# Tests are left to the compilers and the sanitizers, as in tidy: Criterion's macros are not C to it.
	cppcheck -q --project="$out/clang/compile_commands.json" --cppcheck-build-dir="$out/cppcheck" \
		-j "$jobs" --std=c11 --library=posix --enable=warning,performance,portability \
		--inline-suppr --suppressions-list="$root/.cppcheck-suppressions" \
		-i"$out" -i"$root/tests" "--include=$root/scripts/check.d/cppcheck.h" \
		--error-exitcode=1 --template='{file}:{line}: {severity} {id}: {message}'
	counts "$(compiled_files clang | wc -l)" 0
}

# Headers of libraries that exist for Windows too; nothing else of /usr/include may be seen.
windows_headers()
{
	local header

	mkdir -p "$out/windows"
	for header in utf8proc.h ini.h libdeflate.h; do
		cp "/usr/include/$header" "$out/windows/"
	done
	# What we use of GNU libintl, which Debian does not have for mingw.
	cat >"$out/windows/libintl.h" <<-'END'
		#define LC_MESSAGES 1729
		char *dgettext(const char *domain, const char *msgid) __attribute__((format_arg(2)));
		char *bindtextdomain(const char *domain, const char *dir);
		char *bind_textdomain_codeset(const char *domain, const char *codeset);
	END
}

# The client stays portable: these rooms must at least compile for Windows. Syntax only.
stage_windows()
{
	local room list=() includes=() n=0 skips=0 bad=0 file

	need x86_64-w64-mingw32-gcc
	cd "$root"
	windows_headers
	for room in common/*/ proto/; do
		includes+=(-I "${room}include")
	done
	for room in common/base common/domain common/ledger; do
		mapfile -t list < <(files c | grep "^$room/src/" || true)
		if [ ${#list[@]} -eq 0 ]; then
			note "$room: not there yet"
			skips=$((skips + 1))
		fi
		for file in "${list[@]}"; do
			printf 'windows %s\n' "$file"
			x86_64-w64-mingw32-gcc -std=gnu17 -fsyntax-only -Wall -Wextra -Werror \
				-D_GNU_SOURCE -D__USE_MINGW_ANSI_STDIO=1 "${includes[@]}" -I "$room/src" \
				-isystem "$out/windows" "$file" || bad=1
			n=$((n + 1))
		done
	done
	counts "$n" "$skips"
	[ $bad -eq 0 ]
}

# --- tests ---------------------------------------------------------------------------------------

# What ctest is started under, if anything, and how many tests at a time.
prefix=()
parallel=$jobs

# run_ctest BUILD ARG ...: all tests that ARGs select; here it is no error when that is none.
run_ctest()
{
	local dir=$out/$1

	shift
	# Written anew by this run; what an earlier one left must not count.
	rm -f "$dir"/reports/*.xml "$dir/junit.xml"
	"${prefix[@]}" ctest --test-dir "$dir" -j "$parallel" --output-on-failure --no-label-summary \
		--output-junit "$dir/junit.xml" "$@" 2>&1 | tee "$out/log/$this.ctest"
}

# Tests that ctest itself skipped, did not find or had switched off, one name per line.
ctest_skips()
{
	local report=$out/$1/junit.xml

	[ ! -f "$report" ] ||
		sed -nE 's/.*<testcase name="([^"]*)".* status="(notrun|disabled)".*/\1/p' "$report"
}

# The same for single cases inside Criterion's reports.
criterion_skips()
{
	local report name

	for report in "$out/$1"/reports/*.xml; do
		[ -f "$report" ] || continue
		name=$(basename "$report" .xml)
		sed -nE "s|.*<testcase name=\"([^\"]*)\".* status=\"SKIPPED\".*|$name/\1|p" "$report"
	done
}

# How many cases a Criterion report counts, skipped ones left out; nothing when there is no report.
cases_in()
{
	[ -f "$1" ] || return 0
	sed -nE 's/.*<testsuites .* tests="([0-9]+)".* disabled="([0-9]+)".*/\1 \2/p' "$1" |
		while read -r tests disabled; do
			printf '%d' $((tests - disabled))
		done
}

# Every test that stands in a source must have run. Criterion exits 0 when it finds none. CONTRACT is the
# macro of tests/contract that makes a test for each implementation.
require_all_ran()
{
	local report source written ran bad=0

	while read -r report source; do
		written=$(grep -cE '^(Test|ParameterizedTest|Theory|CONTRACT)\(' "$source" || true)
		ran=$(cases_in "$report")
		printf '%s: %d written, %d ran\n' "$(basename "$report" .xml)" "$written" "${ran:-0}"
		if [ "${ran:-0}" -lt "$written" ] || [ "$written" -eq 0 ]; then
			bad=1
		fi
	done <"$out/$1/unit_tests.txt"
	[ $bad -eq 0 ] || die "tests stand in a source and did not run"
}

refuse_skips()
{
	local skip pattern allowed bad=0

	while IFS= read -r skip; do
		allowed=no
		for pattern in "${skips_allowed[@]}"; do
			[[ ! $skip =~ $pattern ]] || allowed=yes
		done
		if [ "$allowed" = no ]; then
			printf 'skipped without leave: %s\n' "$skip"
			bad=1
		fi
	done
	[ $bad -eq 0 ] || die "a skip is allowed only by name, in scripts/check.d/stages.sh"
}

# Cases of the last ctest run: those inside Criterion's reports, one for every plain program.
count_cases()
{
	local dir=$out/$1 report n entries units=0 total=0

	entries=$(grep -cE '^ *[0-9]+/[0-9]+ Test .* Passed ' "$out/log/$this.ctest" || true)
	for report in "$dir"/reports/*.xml; do
		n=$(cases_in "$report")
		[ -n "$n" ] || continue
		units=$((units + 1))
		total=$((total + n))
	done
	printf '%d' $((total + (entries > units ? entries - units : 0)))
}

# Sanitizer reports go to files, since a leak found as a test ends does not change its result.
fresh_reports()
{
	reports=$out/reports-$1
	rm -rf "$reports"
	mkdir -p "$reports"
	chmod 1777 "$reports" # some tests drop their rights
	export ASAN_OPTIONS=log_path=$reports/asan:detect_stack_use_after_return=1:strict_string_checks=1
	export UBSAN_OPTIONS=log_path=$reports/ubsan:print_stacktrace=1
	export TSAN_OPTIONS=log_path=$reports/tsan:second_deadlock_stack=1
}

refuse_reports()
{
	local found=()

	mapfile -t found < <(find "$reports" -type f | LC_ALL=C sort)
	[ ${#found[@]} -gt 0 ] || return 0
	head -n 40 "${found[@]:0:3}"
	die "sanitizer reports: ${#found[@]}, in $reports"
}

# judge BUILD RESULT MINIMUM: what decides after ctest has run.
judge()
{
	local build=$1 result=$2 minimum=$3 n skips

	n=$(count_cases "$build")
	skips=$({ ctest_skips "$build"; criterion_skips "$build"; } | LC_ALL=C sort -u)
	counts "$n" "$(grep -c . <<<"$skips" || true)"
	[ ! -d "${reports:-}" ] || refuse_reports
	[ -z "$skips" ] || refuse_skips <<<"$skips"
	[ "$result" -eq 0 ] || die "ctest: see above"
	[ "$n" -ge "$minimum" ] || die "only $n cases ran, at least $minimum are expected"
}

build_asan()
{
	build asan all -DCMAKE_C_COMPILER=gcc -DKETNAP_SANITIZE=ON
}

build_tsan()
{
	build tsan thread_tests -DCMAKE_C_COMPILER=gcc -DKETNAP_TSAN=ON
}

# What the last two stages run, built while others wait.
stage_sanitized()
{
	build_asan
	build_tsan
	count_compiled asan
}

stage_tests()
{
	local result=0

	build_asan
	require_all_compiled asan
	fresh_reports asan
	run_ctest asan -LE '^e2e$' || result=$?
	judge asan $result $tests_min
	require_all_ran asan
}

# Only the programs that start threads of their own; the others have nothing to show here.
stage_threads()
{
	build_tsan
	# This sanitizer does not start where addresses are spread too wide.
	! setarch -R true 2>/dev/null || prefix=(setarch -R)
	fresh_reports tsan
	run_labelled tsan tsan $threads_min
}

# Mistakes put into a copy of the product, which the simulator has to find.
stage_mutants()
{
	build gcc all -DCMAKE_C_COMPILER=gcc
	run_labelled gcc mutants $mutants_min
}

# The pages in Chromium, over the programs as built for use.
stage_browser()
{
	local n

	need chromium node npm
	build gcc all -DCMAKE_C_COMPILER=gcc
	"$root/scripts/browser" --build "$out/gcc" | tee "$out/log/browser.walked"
	n=$(sed -n 's/^\([0-9]*\) checks$/\1/p' "$out/log/browser.walked" | awk '{ n += $1 } END { print n }')
	counts "${n:-0}" 0
	sed -n '/^first page/p' "$out/log/browser.walked" >>"$out/log/$this.notes"
	[ "${n:-0}" -ge "$browser_min" ] || die "only ${n:-0} checks, at least $browser_min are expected"
}

# The real programs, as built for use. They wait for one another and for time more than they compute.
stage_e2e()
{
	parallel=$((2 * jobs))
	build gcc all -DCMAKE_C_COMPILER=gcc
	run_labelled gcc e2e $e2e_min
}

# run_labelled BUILD LABEL MINIMUM: the tests with that label, of which there may be none as yet.
run_labelled()
{
	local result=0

	if ! ctest --test-dir "$out/$1" -N -L "^$2\$" | grep -q '^Total Tests: [1-9]'; then
		note "no test has the label $2 yet"
	fi
	run_ctest "$1" -L "^$2\$" || result=$?
	judge "$1" $result "$3"
}
