#include "indexer/python/character_names.h"

#include <algorithm>
#include <array>
#include <string>

namespace inhouse {
namespace {

struct Named {
  std::string_view name;
  uint32_t code;
};

// Sorted by name.
constexpr Named kSigns[] = {{"ACUTE ACCENT", 0xB4},
                            {"ALMOST EQUAL TO", 0x2248},
                            {"AMPERSAND", 0x26},
                            {"ANGLE", 0x2220},
                            {"ANGSTROM SIGN", 0x212B},
                            {"APOSTROPHE", 0x27},
                            {"ASTERISK", 0x2A},
                            {"BALLOT X", 0x2717},
                            {"BOX DRAWINGS LIGHT HORIZONTAL", 0x2500},
                            {"BOX DRAWINGS LIGHT VERTICAL", 0x2502},
                            {"BULLET", 0x2022},
                            {"CENT SIGN", 0xA2},
                            {"CHECK MARK", 0x2713},
                            {"CIRCLED PLUS", 0x2295},
                            {"CIRCLED TIMES", 0x2297},
                            {"CIRCUMFLEX ACCENT", 0x5E},
                            {"COLON", 0x3A},
                            {"COMMA", 0x2C},
                            {"COMMERCIAL AT", 0x40},
                            {"CONTAINS AS MEMBER", 0x220B},
                            {"COPYRIGHT SIGN", 0xA9},
                            {"DAGGER", 0x2020},
                            {"DEGREE SIGN", 0xB0},
                            {"DIVISION SIGN", 0xF7},
                            {"DOLLAR SIGN", 0x24},
                            {"DOT OPERATOR", 0x22C5},
                            {"DOUBLE DAGGER", 0x2021},
                            {"DOUBLE LOW-9 QUOTATION MARK", 0x201E},
                            {"DOUBLE PRIME", 0x2033},
                            {"DOWNWARDS ARROW", 0x2193},
                            {"ELEMENT OF", 0x2208},
                            {"EM DASH", 0x2014},
                            {"EMPTY SET", 0x2205},
                            {"EN DASH", 0x2013},
                            {"EQUALS SIGN", 0x3D},
                            {"EURO SIGN", 0x20AC},
                            {"EXCLAMATION MARK", 0x21},
                            {"FIGURE DASH", 0x2012},
                            {"FOR ALL", 0x2200},
                            {"FRACTION SLASH", 0x2044},
                            {"FULL STOP", 0x2E},
                            {"GRAVE ACCENT", 0x60},
                            {"GREATER-THAN OR EQUAL TO", 0x2265},
                            {"GREATER-THAN SIGN", 0x3E},
                            {"GREEK LUNATE EPSILON SYMBOL", 0x3F5},
                            {"GREEK PHI SYMBOL", 0x3D5},
                            {"GREEK PI SYMBOL", 0x3D6},
                            {"GREEK RHO SYMBOL", 0x3F1},
                            {"GREEK SMALL LETTER FINAL SIGMA", 0x3C2},
                            {"GREEK THETA SYMBOL", 0x3D1},
                            {"HORIZONTAL BAR", 0x2015},
                            {"HORIZONTAL ELLIPSIS", 0x2026},
                            {"HYPHEN", 0x2010},
                            {"HYPHEN-MINUS", 0x2D},
                            {"IDENTICAL TO", 0x2261},
                            {"INCREMENT", 0x2206},
                            {"INFINITY", 0x221E},
                            {"INTEGRAL", 0x222B},
                            {"INTERSECTION", 0x2229},
                            {"INVERTED EXCLAMATION MARK", 0xA1},
                            {"INVERTED QUESTION MARK", 0xBF},
                            {"KELVIN SIGN", 0x212A},
                            {"LATIN CAPITAL LETTER AE", 0xC6},
                            {"LATIN CAPITAL LETTER ETH", 0xD0},
                            {"LATIN CAPITAL LETTER L WITH STROKE", 0x141},
                            {"LATIN CAPITAL LETTER O WITH STROKE", 0xD8},
                            {"LATIN CAPITAL LETTER THORN", 0xDE},
                            {"LATIN CAPITAL LIGATURE OE", 0x152},
                            {"LATIN SMALL LETTER AE", 0xE6},
                            {"LATIN SMALL LETTER DOTLESS I", 0x131},
                            {"LATIN SMALL LETTER ETH", 0xF0},
                            {"LATIN SMALL LETTER L WITH STROKE", 0x142},
                            {"LATIN SMALL LETTER O WITH STROKE", 0xF8},
                            {"LATIN SMALL LETTER SHARP S", 0xDF},
                            {"LATIN SMALL LETTER THORN", 0xFE},
                            {"LATIN SMALL LIGATURE OE", 0x153},
                            {"LEFT CEILING", 0x2308},
                            {"LEFT CURLY BRACKET", 0x7B},
                            {"LEFT DOUBLE QUOTATION MARK", 0x201C},
                            {"LEFT FLOOR", 0x230A},
                            {"LEFT PARENTHESIS", 0x28},
                            {"LEFT RIGHT ARROW", 0x2194},
                            {"LEFT RIGHT DOUBLE ARROW", 0x21D4},
                            {"LEFT SINGLE QUOTATION MARK", 0x2018},
                            {"LEFT SQUARE BRACKET", 0x5B},
                            {"LEFT-POINTING DOUBLE ANGLE QUOTATION MARK", 0xAB},
                            {"LEFTWARDS ARROW", 0x2190},
                            {"LEFTWARDS DOUBLE ARROW", 0x21D0},
                            {"LESS-THAN OR EQUAL TO", 0x2264},
                            {"LESS-THAN SIGN", 0x3C},
                            {"LOGICAL AND", 0x2227},
                            {"LOGICAL OR", 0x2228},
                            {"LOW LINE", 0x5F},
                            {"MASCULINE ORDINAL INDICATOR", 0xBA},
                            {"MATHEMATICAL LEFT ANGLE BRACKET", 0x27E8},
                            {"MATHEMATICAL RIGHT ANGLE BRACKET", 0x27E9},
                            {"MICRO SIGN", 0xB5},
                            {"MIDDLE DOT", 0xB7},
                            {"MINUS SIGN", 0x2212},
                            {"MINUS-OR-PLUS SIGN", 0x2213},
                            {"MUCH GREATER-THAN", 0x226B},
                            {"MUCH LESS-THAN", 0x226A},
                            {"MULTIPLICATION SIGN", 0xD7},
                            {"N-ARY PRODUCT", 0x220F},
                            {"N-ARY SUMMATION", 0x2211},
                            {"NABLA", 0x2207},
                            {"NARROW NO-BREAK SPACE", 0x202F},
                            {"NO-BREAK SPACE", 0xA0},
                            {"NON-BREAKING HYPHEN", 0x2011},
                            {"NOT AN ELEMENT OF", 0x2209},
                            {"NOT EQUAL TO", 0x2260},
                            {"NOT SIGN", 0xAC},
                            {"NUMBER SIGN", 0x23},
                            {"OHM SIGN", 0x2126},
                            {"PARTIAL DIFFERENTIAL", 0x2202},
                            {"PER MILLE SIGN", 0x2030},
                            {"PERCENT SIGN", 0x25},
                            {"PILCROW SIGN", 0xB6},
                            {"PLUS SIGN", 0x2B},
                            {"PLUS-MINUS SIGN", 0xB1},
                            {"POUND SIGN", 0xA3},
                            {"PRIME", 0x2032},
                            {"PROPORTIONAL TO", 0x221D},
                            {"QUESTION MARK", 0x3F},
                            {"QUOTATION MARK", 0x22},
                            {"REGISTERED SIGN", 0xAE},
                            {"REVERSE SOLIDUS", 0x5C},
                            {"RIGHT CEILING", 0x2309},
                            {"RIGHT CURLY BRACKET", 0x7D},
                            {"RIGHT DOUBLE QUOTATION MARK", 0x201D},
                            {"RIGHT FLOOR", 0x230B},
                            {"RIGHT PARENTHESIS", 0x29},
                            {"RIGHT SINGLE QUOTATION MARK", 0x2019},
                            {"RIGHT SQUARE BRACKET", 0x5D},
                            {"RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK", 0xBB},
                            {"RIGHTWARDS ARROW", 0x2192},
                            {"RIGHTWARDS DOUBLE ARROW", 0x21D2},
                            {"RING OPERATOR", 0x2218},
                            {"SECTION SIGN", 0xA7},
                            {"SEMICOLON", 0x3B},
                            {"SINGLE LEFT-POINTING ANGLE QUOTATION MARK", 0x2039},
                            {"SINGLE LOW-9 QUOTATION MARK", 0x201A},
                            {"SINGLE RIGHT-POINTING ANGLE QUOTATION MARK", 0x203A},
                            {"SOFT HYPHEN", 0xAD},
                            {"SOLIDUS", 0x2F},
                            {"SPACE", 0x20},
                            {"SQUARE ROOT", 0x221A},
                            {"SUBSET OF", 0x2282},
                            {"SUBSET OF OR EQUAL TO", 0x2286},
                            {"SUPERSCRIPT ONE", 0xB9},
                            {"SUPERSCRIPT THREE", 0xB3},
                            {"SUPERSCRIPT TWO", 0xB2},
                            {"SUPERSET OF", 0x2283},
                            {"SUPERSET OF OR EQUAL TO", 0x2287},
                            {"THERE EXISTS", 0x2203},
                            {"THIN SPACE", 0x2009},
                            {"TILDE", 0x7E},
                            {"TRADE MARK SIGN", 0x2122},
                            {"UNION", 0x222A},
                            {"UP TACK", 0x22A5},
                            {"UPWARDS ARROW", 0x2191},
                            {"VERTICAL LINE", 0x7C},
                            {"VULGAR FRACTION ONE HALF", 0xBD},
                            {"VULGAR FRACTION ONE QUARTER", 0xBC},
                            {"VULGAR FRACTION THREE QUARTERS", 0xBE},
                            {"YEN SIGN", 0xA5},
                            {"ZERO WIDTH JOINER", 0x200D},
                            {"ZERO WIDTH NO-BREAK SPACE", 0xFEFF},
                            {"ZERO WIDTH SPACE", 0x200B}};

constexpr std::array<std::string_view, 25> kGreek = {
    "ALPHA", "BETA",  "GAMMA",   "DELTA", "EPSILON", "ZETA",    "ETA",  "THETA", "IOTA",
    "KAPPA", "LAMDA", "MU",      "NU",    "XI",      "OMICRON", "PI",   "RHO",   "FINAL SIGMA",
    "SIGMA", "TAU",   "UPSILON", "PHI",   "CHI",     "PSI",     "OMEGA"};
constexpr uint32_t kFinalSigma = 17;  // its capital does not exist

// Letters with marks, by letter and mark: those of Western Europe.
struct Mark {
  std::string_view name;
  std::string_view letters;  // small ones, each beside its code in codes
  std::array<uint32_t, 6> codes;
};
constexpr Mark kMarks[] = {
    {"GRAVE", "AEIOU", {0xE0, 0xE8, 0xEC, 0xF2, 0xF9}},
    {"ACUTE", "AEIOUY", {0xE1, 0xE9, 0xED, 0xF3, 0xFA, 0xFD}},
    {"CIRCUMFLEX", "AEIOU", {0xE2, 0xEA, 0xEE, 0xF4, 0xFB}},
    {"TILDE", "ANO", {0xE3, 0xF1, 0xF5}},
    {"DIAERESIS", "AEIOU", {0xE4, 0xEB, 0xEF, 0xF6, 0xFC}},
    {"RING ABOVE", "A", {0xE5}},
    {"CEDILLA", "C", {0xE7}},
};

bool Take(std::string_view prefix, std::string_view* name) {
  if (!name->starts_with(prefix)) return false;
  name->remove_prefix(prefix.size());
  return true;
}

// "A", "A WITH DIAERESIS".
std::optional<uint32_t> Latin(std::string_view name, bool capital) {
  if (name.empty() || name[0] < 'A' || name[0] > 'Z') return std::nullopt;
  const char letter = name[0];
  if (name.size() == 1) return static_cast<uint32_t>(letter) + (capital ? 0 : 0x20);
  name.remove_prefix(1);
  if (!Take(" WITH ", &name)) return std::nullopt;
  for (const Mark& mark : kMarks) {
    const size_t at = mark.letters.find(letter);
    if (mark.name == name && at != std::string_view::npos) {
      return mark.codes[at] - (capital ? 0x20 : 0);
    }
  }
  return std::nullopt;
}

std::optional<uint32_t> Greek(std::string_view name, bool capital) {
  const auto at = std::find(kGreek.begin(), kGreek.end(), name);
  const auto number = static_cast<uint32_t>(at - kGreek.begin());
  if (at == kGreek.end() || (capital && number == kFinalSigma)) return std::nullopt;
  return (capital ? 0x391 : 0x3B1) + number;
}

std::optional<uint32_t> Letter(std::string_view name) {
  const bool latin = Take("LATIN ", &name);
  if (!latin && !Take("GREEK ", &name)) return std::nullopt;
  const bool capital = Take("CAPITAL LETTER ", &name);
  if (!capital && !Take("SMALL LETTER ", &name)) return std::nullopt;
  return latin ? Latin(name, capital) : Greek(name, capital);
}

}  // namespace

std::optional<uint32_t> CharacterNamed(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  const auto* const at = std::lower_bound(
      std::begin(kSigns), std::end(kSigns), upper,
      [](const Named& sign, const std::string& value) { return sign.name < value; });
  if (at != std::end(kSigns) && at->name == upper) return at->code;
  return Letter(upper);
}

}  // namespace inhouse
