// Finds credentials that stand in a script: keys, passwords, tokens, DSNs with
// a password. Pure text work on string literals; comments do not count.
//
// Found: `password = "hunter2"`, `connect(api_key="…")`, `{"secret": "…"}`,
// `os.getenv("DB_PASSWORD", "hunter2")`, values with the shape of known keys
// (AWS, GitHub, Slack, Google, OpenAI, JWT, private keys), `scheme://user:pw@host`.
// Not found, on purpose: values from the environment, names of variables, columns or files
// (`TOKEN_COLUMN = "token"`), placeholders ("<password>", "{password}", "***"), empty strings.
#pragma once

#include <string_view>
#include <vector>

#include "agent/task.h"

namespace inhouse {

// Findings of gate "credentials", severity error, one a literal. The value is
// never repeated in the message.
std::vector<Finding> FindCredentials(std::string_view script);

}  // namespace inhouse
