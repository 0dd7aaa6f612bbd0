// What a credential looks like, whatever it is called: formats of known keys,
// connection strings with a password, and text that is too random for a name.
// Pure; one line of text in, a verdict out.
//
// Formats as their issuers document them: AWS (AKIA…, ASIA…), GitHub (ghp_, github_pat_, …),
// GitLab, Slack tokens and webhooks, Google (AIza…, ya29., GOCSPX-), OpenAI and Anthropic (sk-…),
// Stripe, npm, PyPI, Hugging Face, SendGrid, Databricks, Azure account keys, JSON web tokens
// (RFC 7519), PEM private keys (RFC 7468; service accounts of Google hold one).
#pragma once

#include <string>
#include <string_view>

namespace inhouse {

// "an AWS access key"; "" if the literal holds none.
std::string_view KnownKeyFormat(std::string_view value);

// scheme://user:password@host, or "host=… password=…", "Server=…;Pwd=…".
bool HasConnectionPassword(std::string_view value);

// Bits a character by the frequencies of the text's own bytes (Shannon); 0 for "".
double EntropyBits(std::string_view text);

// A literal of 32 to 200 token characters that is no name, path, digest or number:
// mixed case and digits, 4 bits a character or more, and its kinds of characters
// change as often as in random text.
bool LooksLikeKeyMaterial(std::string_view value);

// "<password>", "{password}", "***", "changeme", "your-key-here", … or under three characters.
bool IsPlaceholderSecret(std::string_view value);

std::string LowerCaseAscii(std::string_view text);

}  // namespace inhouse
