#include "indexer/python/python_classes.h"

#include <algorithm>
#include <array>

#include "indexer/python/name_parts.h"
#include "indexer/python/word_list.h"

namespace inhouse {
namespace {

struct Row {
  std::string_view name;
  std::string_view base;   // one of this table whose names it has too, or ""
  std::string_view names;  // its other ones
};

// Python 3.11, and what 3.12 to 3.14 added. In bytewise order.
// tests/end_to_end/test_python_classes.py compares it with Python.
constexpr auto kRows = std::to_array<Row>({
    {"abc.ABC", "", ""},
    {"argparse.Action", "",
     "choices const default dest format_usage help metavar nargs option_strings required type"},
    {"argparse.ArgumentParser", "",
     "add_argument add_argument_group add_help add_mutually_exclusive_group add_subparsers "
     "allow_abbrev argument_default color conflict_handler convert_arg_line_to_args "
     "description epilog error exit exit_on_error format_help format_usage formatter_class "
     "fromfile_prefix_chars get_default parse_args parse_intermixed_args parse_known_args "
     "parse_known_intermixed_args prefix_chars print_help print_usage prog register "
     "set_defaults suggest_on_error usage"},
    {"argparse.HelpFormatter", "",
     "add_argument add_arguments add_text add_usage end_section format_help formatter heading "
     "items parent start_section"},
    {"ast.NodeTransformer", "ast.NodeVisitor", ""},
    {"ast.NodeVisitor", "", "generic_visit visit visit_Constant"},
    {"bytearray", "",
     "append capitalize center clear copy count decode endswith expandtabs extend find fromhex "
     "hex index insert isalnum isalpha isascii isdigit islower isspace istitle isupper join "
     "ljust lower lstrip maketrans partition pop remove removeprefix removesuffix replace "
     "resize reverse rfind rindex rjust rpartition rsplit rstrip split splitlines startswith "
     "strip swapcase title translate upper zfill"},
    {"bytes", "",
     "capitalize center count decode endswith expandtabs find fromhex hex index isalnum "
     "isalpha isascii isdigit islower isspace istitle isupper join ljust lower lstrip "
     "maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition "
     "rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill"},
    {"collections.ChainMap", "collections.abc.MutableMapping",
     "copy fromkeys maps new_child parents"},
    {"collections.Counter", "dict", "elements most_common subtract total"},
    {"collections.OrderedDict", "dict", "move_to_end"},
    {"collections.UserDict", "collections.abc.MutableMapping", "copy data fromkeys"},
    {"collections.UserList", "collections.abc.MutableSequence", "copy data sort"},
    {"collections.UserString", "collections.abc.Sequence",
     "capitalize casefold center data encode endswith expandtabs find format format_map "
     "isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable "
     "isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix "
     "removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines "
     "startswith strip swapcase title translate upper zfill"},
    {"collections.abc.AsyncGenerator", "", "aclose asend athrow"},
    {"collections.abc.AsyncIterable", "", ""},
    {"collections.abc.AsyncIterator", "", ""},
    {"collections.abc.Awaitable", "", ""},
    {"collections.abc.Callable", "", ""},
    {"collections.abc.Collection", "", ""},
    {"collections.abc.Container", "", ""},
    {"collections.abc.Coroutine", "", "close send throw"},
    {"collections.abc.Generator", "", "close send throw"},
    {"collections.abc.Hashable", "", ""},
    {"collections.abc.ItemsView", "collections.abc.Set", ""},
    {"collections.abc.Iterable", "", ""},
    {"collections.abc.Iterator", "", ""},
    {"collections.abc.KeysView", "collections.abc.Set", ""},
    {"collections.abc.Mapping", "", "get items keys values"},
    {"collections.abc.MappingView", "", ""},
    {"collections.abc.MutableMapping", "collections.abc.Mapping",
     "clear pop popitem setdefault update"},
    {"collections.abc.MutableSequence", "collections.abc.Sequence",
     "append clear extend insert pop remove reverse"},
    {"collections.abc.MutableSet", "collections.abc.Set", "add clear discard pop remove"},
    {"collections.abc.Reversible", "", ""},
    {"collections.abc.Sequence", "", "count index"},
    {"collections.abc.Set", "", "isdisjoint"},
    {"collections.abc.Sized", "", ""},
    {"collections.abc.ValuesView", "", ""},
    {"collections.defaultdict", "dict", "default_factory"},
    {"collections.deque", "",
     "append appendleft clear copy count extend extendleft index insert maxlen pop popleft "
     "remove reverse rotate"},
    {"complex", "", "conjugate from_number imag real"},
    {"concurrent.futures.Executor", "", "map shutdown submit"},
    {"concurrent.futures.Future", "",
     "add_done_callback cancel cancelled done exception result running set_exception "
     "set_result set_running_or_notify_cancel"},
    {"concurrent.futures.ThreadPoolExecutor", "concurrent.futures.Executor",
     "kill_workers terminate_workers"},
    {"contextlib.AbstractAsyncContextManager", "", ""},
    {"contextlib.AbstractContextManager", "", ""},
    {"contextlib.AsyncContextDecorator", "", ""},
    {"contextlib.AsyncExitStack", "",
     "aclose callback enter_async_context enter_context pop_all push push_async_callback "
     "push_async_exit"},
    {"contextlib.ContextDecorator", "", ""},
    {"contextlib.ExitStack", "", "callback close enter_context pop_all push"},
    {"datetime.date", "",
     "ctime day fromisocalendar fromisoformat fromordinal fromtimestamp isocalendar isoformat "
     "isoweekday max min month replace resolution strftime strptime timetuple today toordinal "
     "weekday year"},
    {"datetime.datetime", "datetime.date",
     "astimezone combine date dst fold hour microsecond minute now second time timestamp "
     "timetz tzinfo tzname utcfromtimestamp utcnow utcoffset utctimetuple"},
    {"datetime.time", "",
     "dst fold fromisoformat hour isoformat max microsecond min minute replace resolution "
     "second strftime strptime tzinfo tzname utcoffset"},
    {"datetime.timedelta", "", "days max microseconds min resolution seconds total_seconds"},
    {"datetime.tzinfo", "", "dst fromutc tzname utcoffset"},
    {"decimal.Decimal", "",
     "adjusted as_integer_ratio as_tuple canonical compare compare_signal compare_total "
     "compare_total_mag conjugate copy_abs copy_negate copy_sign exp fma from_float "
     "from_number imag is_canonical is_finite is_infinite is_nan is_normal is_qnan is_signed "
     "is_snan is_subnormal is_zero ln log10 logb logical_and logical_invert logical_or "
     "logical_xor max max_mag min min_mag next_minus next_plus next_toward normalize "
     "number_class quantize radix real remainder_near rotate same_quantum scaleb shift sqrt "
     "to_eng_string to_integral to_integral_exact to_integral_value"},
    {"dict", "", "clear copy fromkeys get items keys pop popitem setdefault update values"},
    {"enum.Enum", "", "name value"},
    {"enum.Flag", "enum.Enum", ""},
    {"enum.IntEnum", "int", "name value"},
    {"enum.IntFlag", "int", "name value"},
    {"enum.ReprEnum", "enum.Enum", ""},
    {"enum.StrEnum", "str", "name value"},
    {"float", "", "as_integer_ratio conjugate from_number fromhex hex imag is_integer real"},
    {"fractions.Fraction", "",
     "as_integer_ratio conjugate denominator from_decimal from_float from_number imag "
     "is_integer limit_denominator numerator real"},
    {"frozenset", "",
     "copy difference intersection isdisjoint issubset issuperset symmetric_difference union"},
    {"html.parser.HTMLParser", "",
     "CDATA_CONTENT_ELEMENTS cdata_elem check_for_whole_start_tag clear_cdata_mode close "
     "convert_charrefs feed get_starttag_text getpos goahead handle_charref handle_comment "
     "handle_data handle_decl handle_endtag handle_entityref handle_pi handle_startendtag "
     "handle_starttag interesting lasttag lineno offset parse_bogus_comment parse_comment "
     "parse_declaration parse_endtag parse_html_declaration parse_marked_section parse_pi "
     "parse_starttag rawdata reset set_cdata_mode unknown_decl updatepos"},
    {"int", "",
     "as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer "
     "numerator real to_bytes"},
    {"io.BufferedIOBase", "io.IOBase", "detach read read1 readinto readinto1 write"},
    {"io.BytesIO", "",
     "close closed detach fileno flush getbuffer getvalue isatty read read1 readable readinto "
     "readinto1 readline readlines seek seekable tell truncate writable write writelines"},
    {"io.IOBase", "",
     "close closed fileno flush isatty readable readline readlines seek seekable tell truncate "
     "writable writelines"},
    {"io.RawIOBase", "io.IOBase", "read readall readinto write"},
    {"io.StringIO", "",
     "close closed detach encoding errors fileno flush getvalue isatty line_buffering newlines "
     "read readable readline readlines seek seekable tell truncate writable write writelines"},
    {"io.TextIOBase", "io.IOBase", "detach encoding errors newlines read write"},
    {"json.JSONDecoder", "",
     "decode memo object_hook object_pairs_hook parse_array parse_constant parse_float "
     "parse_int parse_object parse_string raw_decode scan_once strict"},
    {"json.JSONEncoder", "",
     "allow_nan check_circular default encode ensure_ascii indent item_separator iterencode "
     "key_separator skipkeys sort_keys"},
    {"list", "", "append clear copy count extend index insert pop remove reverse sort"},
    {"logging.FileHandler", "logging.StreamHandler", "baseFilename delay encoding errors mode"},
    {"logging.Filter", "", "filter name nlen"},
    {"logging.Formatter", "",
     "converter datefmt default_msec_format default_time_format format formatException "
     "formatMessage formatStack formatTime usesTime"},
    {"logging.Handler", "",
     "acquire addFilter close createLock emit filter filters flush format formatter get_name "
     "handle handleError level lock name release removeFilter setFormatter setLevel set_name"},
    {"logging.Logger", "",
     "addFilter addHandler callHandlers critical debug disabled error exception fatal filter "
     "filters findCaller getChild getChildren getEffectiveLevel handle handlers hasHandlers "
     "info isEnabledFor level log makeRecord manager name parent propagate removeFilter "
     "removeHandler root setLevel warn warning"},
    {"logging.LoggerAdapter", "",
     "critical debug error exception extra getEffectiveLevel hasHandlers info isEnabledFor log "
     "logger manager name process setLevel warn warning"},
    {"logging.StreamHandler", "logging.Handler", "setStream stream terminator"},
    {"numbers.Number", "", ""},
    {"object", "", ""},
    {"pathlib.Path", "pathlib.PurePath",
     "absolute chmod copy copy_into cwd exists expanduser glob group hardlink_to home info "
     "is_block_device is_char_device is_dir is_fifo is_file is_mount is_socket is_symlink "
     "iterdir lchmod link_to lstat mkdir move move_into open owner read_bytes read_text "
     "readlink rename replace resolve rglob rmdir samefile stat symlink_to touch unlink walk "
     "write_bytes write_text"},
    {"pathlib.PurePath", "",
     "anchor as_posix as_uri drive from_uri full_match is_absolute is_relative_to is_reserved "
     "joinpath match name parent parents parser parts relative_to root stem suffix suffixes "
     "with_name with_segments with_stem with_suffix"},
    {"queue.Queue", "",
     "all_tasks_done empty full get get_nowait is_shutdown join maxsize mutex not_empty "
     "not_full put put_nowait qsize queue shutdown task_done unfinished_tasks"},
    {"random.Random", "",
     "VERSION betavariate binomialvariate choice choices expovariate gammavariate gauss "
     "gauss_next getrandbits getstate lognormvariate normalvariate paretovariate randbytes "
     "randint random randrange sample seed setstate shuffle triangular uniform vonmisesvariate "
     "weibullvariate"},
    {"set", "",
     "add clear copy difference difference_update discard intersection intersection_update "
     "isdisjoint issubset issuperset pop remove symmetric_difference "
     "symmetric_difference_update union update"},
    {"str", "",
     "capitalize casefold center count encode endswith expandtabs find format format_map index "
     "isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable "
     "isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix "
     "removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines "
     "startswith strip swapcase title translate upper zfill"},
    {"string.Formatter", "",
     "check_unused_args convert_field format format_field get_field get_value parse vformat"},
    {"threading.Thread", "",
     "daemon getName ident isDaemon is_alive join name native_id run setDaemon setName start"},
    {"tuple", "", "count index"},
    {"typing.NamedTuple", "tuple", ""},
    {"unittest.IsolatedAsyncioTestCase", "unittest.TestCase",
     "addAsyncCleanup asyncSetUp asyncTearDown enterAsyncContext"},
    {"unittest.TestCase", "",
     "addClassCleanup addCleanup addDuration addTypeEqualityFunc assertAlmostEqual "
     "assertAlmostEquals assertCountEqual assertDictContainsSubset assertDictEqual "
     "assertEndsWith assertEqual assertEquals assertFalse assertGreater assertGreaterEqual "
     "assertHasAttr assertIn assertIs assertIsInstance assertIsNone assertIsNot "
     "assertIsNotNone assertIsSubclass assertLess assertLessEqual assertListEqual assertLogs "
     "assertMultiLineEqual assertNoLogs assertNotAlmostEqual assertNotAlmostEquals "
     "assertNotEndsWith assertNotEqual assertNotEquals assertNotHasAttr assertNotIn "
     "assertNotIsInstance assertNotIsSubclass assertNotRegex assertNotRegexpMatches "
     "assertNotStartsWith assertRaises assertRaisesRegex assertRaisesRegexp assertRegex "
     "assertRegexpMatches assertSequenceEqual assertSetEqual assertStartsWith assertTrue "
     "assertTupleEqual assertWarns assertWarnsRegex assert_ countTestCases debug "
     "defaultTestResult doClassCleanups doCleanups enterClassContext enterContext fail failIf "
     "failIfAlmostEqual failIfEqual failUnless failUnlessAlmostEqual failUnlessEqual "
     "failUnlessRaises failureException id longMessage maxDiff run setUp setUpClass "
     "shortDescription skipTest subTest tearDown tearDownClass"},
    {"weakref.WeakKeyDictionary", "collections.abc.MutableMapping", "copy data keyrefs"},
    {"weakref.WeakValueDictionary", "collections.abc.MutableMapping",
     "copy data itervaluerefs valuerefs"},
    {"weakref.ref", "", ""},
});

const Row* RowOf(std::string_view name) {
  const auto found =
      std::lower_bound(kRows.begin(), kRows.end(), name,
                       [](const Row& row, std::string_view wanted) { return row.name < wanted; });
  return found != kRows.end() && found->name == name ? &*found : nullptr;
}

bool HasWord(std::string_view words, std::string_view word) {
  for (size_t at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' '))
      return true;
  }
  return false;
}

// typing's names for classes that live elsewhere.
std::string_view BehindTyping(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kOwn[] = {
      {"Dict", "dict"},
      {"List", "list"},
      {"Set", "set"},
      {"FrozenSet", "frozenset"},
      {"Tuple", "tuple"},
      {"DefaultDict", "collections.defaultdict"},
      {"Deque", "collections.deque"},
      {"OrderedDict", "collections.OrderedDict"},
      {"Counter", "collections.Counter"},
      {"ChainMap", "collections.ChainMap"},
      {"AbstractSet", "collections.abc.Set"},
      {"ContextManager", "contextlib.AbstractContextManager"},
      {"AsyncContextManager", "contextlib.AbstractAsyncContextManager"}};
  for (const auto& [alias, behind] : kOwn) {
    if (alias == name) return behind;
  }
  return {};
}

}  // namespace

std::string_view PythonClass(std::string_view dotted) {
  constexpr std::string_view kModules[] = {"typing.", "typing_extensions."};
  for (const std::string_view module : kModules) {
    if (!dotted.starts_with(module)) continue;
    const std::string_view name = dotted.substr(module.size());
    if (const std::string_view behind = BehindTyping(name); !behind.empty()) return behind;
    if (name == "NamedTuple") return "typing.NamedTuple";
    for (const Row& row : kRows) {
      if (row.name.starts_with("collections.abc.") && LastPart(row.name) == name) return row.name;
    }
    return {};
  }
  if (dotted.starts_with("unittest.case.")) {
    return dotted == "unittest.case.TestCase" ? "unittest.TestCase" : std::string_view();
  }
  const Row* row = RowOf(dotted);
  return row == nullptr ? std::string_view() : row->name;
}

bool PythonClassHas(std::string_view class_name, std::string_view name) {
  for (const Row* row = RowOf(class_name); row != nullptr; row = RowOf(row->base)) {
    if (HasWord(row->names, name)) return true;
  }
  return false;
}

bool AddsNoNames(std::string_view base) {
  return OneOf(LastPart(base), {"object", "ABC", "Protocol", "Generic"});
}

bool IsModuleOfPythonClasses(std::string_view module) {
  if (module.empty()) return false;
  if (module == "typing" || module == "typing_extensions") return true;
  auto row =
      std::lower_bound(kRows.begin(), kRows.end(), module,
                       [](const Row& at, std::string_view wanted) { return at.name < wanted; });
  for (; row != kRows.end() && row->name.starts_with(module); ++row) {
    if (row->name.rfind('.') == module.size()) return true;
  }
  return false;
}

}  // namespace inhouse
