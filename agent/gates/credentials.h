// Finds credentials that stand in a script: keys, passwords, tokens, DSNs with
// a password. Pure text work on string literals; comments do not count.
//
// Found: `password = "hunter2"`, `connect(api_key="…")`, `{"secret": "…"}`,
// `os.getenv("DB_PASSWORD", "hunter2")`, and whatever they are called: values with the format of
// known keys, connection strings with a password, and, as a warning, text that is as random as a
// key (credential_shapes.h). Not found, on purpose: values from the environment, names of
// variables, columns or files
// (`TOKEN_COLUMN = "token"`), placeholders ("<password>", "{password}", "***"), empty strings.
#pragma once

#include <string_view>
#include <vector>

#include "agent/task.h"

namespace inhouse {

// Findings of gate "credentials", severity error (warning: only as random as a key), one a literal.
// The value is never repeated in the message.
std::vector<Finding> FindCredentials(std::string_view script);

}  // namespace inhouse
