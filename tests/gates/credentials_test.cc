#include "agent/gates/credentials.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

// The samples are put together here, so that no scanner of repositories takes them for real ones.
std::string Sample(std::string_view begin, size_t count) {
  return std::string(begin) +
         std::string("Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z0Ab3dEf6hIj9k").substr(0, count);
}

class Found : public ::testing::TestWithParam<std::string> {};
TEST_P(Found, IsReportedOnce) {
  const std::vector<Finding> findings = FindCredentials("import os\n" + GetParam() + "\n");
  ASSERT_EQ(findings.size(), 1u) << GetParam();
  EXPECT_EQ(findings[0].line, 2);
  EXPECT_EQ(findings[0].severity, "error");
  EXPECT_EQ(findings[0].message.find("hunter"), std::string::npos) << "the value is repeated";
}
INSTANTIATE_TEST_SUITE_P(
    Credentials, Found,
    ::testing::Values("password = 'hunter2'", "DB_PASSWORD: str = \"hunter2\"",
                      "connect(user='a', password='hunter2')", "conf = {'passwd': 'hunter2'}",
                      "conf['secret'] = 'hunter2'", "p = os.environ.get('DB_PASSWORD', 'hunter2')",
                      "p = os.getenv(\"DB_PASSWORD\", \"hunter2\")",
                      "api_key = '" + Sample("", 24) + "'",
                      "headers = {'X-Token': '" + Sample("", 24) + "'}",
                      "x = '" + Sample("AKIA", 16) + "'", "x = '" + Sample("ghp_", 36) + "'",
                      "x = 'Bearer " + Sample("sk-", 40) + "'",
                      "url = 'postgresql://etl:hunter2@warehouse/db'",
                      "key = '''-----BEGIN RSA PRIVATE KEY-----\nabc'''"));

class Passed : public ::testing::TestWithParam<std::string> {};
TEST_P(Passed, IsNoAlarm) {
  const std::vector<Finding> findings = FindCredentials(GetParam());
  EXPECT_TRUE(findings.empty()) << GetParam() << ": " << findings[0].message;
}
INSTANTIATE_TEST_SUITE_P(
    Credentials, Passed,
    ::testing::Values(
        "password = os.environ['DB_PASSWORD']", "password = os.getenv('DB_PASSWORD')",
        "password = os.environ.get('DB_PASSWORD', '')", "password = getpass('Password: ')",
        "PASSWORD_COLUMN = 'pwd_hash'", "token_count = '12345678901a'", "max_tokens = '4096'",
        "sort_key = 'user_id'", "key = 'group'", "token = 'user'", "API_KEY_ENV = 'OPENAI_API_KEY'",
        "password = '<password>'", "password = '***'", "password = f'{prefix}{x}'",
        "secret = 'DB_SECRET'", "# password = 'hunter2'", "if password == 'hunter2': pass",
        "url = 'https://example.org/a:b@c'", "dsn = 'duckdb:////data/warehouse.duckdb'",
        "dsn = f'postgresql://etl:{password}@host/db'", "dsn = 'postgresql://etl@host/db'",
        "help_text = 'the password is read from the environment'",
        "df = df.rename(columns={'token': 'tok'})", "log.info('password %s', 'long sentence here')",
        "x = 'sk-learn is fine'", "raise ValueError('password missing')",
        "password_file = '/data/pw.txt'"));

}  // namespace
}  // namespace inhouse
