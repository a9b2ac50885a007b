// s3client: the metadata service of an instance.
#include "instance_metadata.hpp"

#include "plain_exchange.hpp"

#include <sluice/s3/error.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice::s3 {

namespace {

constexpr const char* role_path = "/latest/meta-data/iam/security-credentials/";
const exchange_patience patience{patience_of_instance, 3};

failure refused(const char* what, unsigned status) {
    failure why;
    why.code = status >= 500 ? s3_errc::internal_error : s3_errc::no_credentials;
    why.where = what;
    why.peer_text = "HTTP status " + std::to_string(status);
    return why;
}

/// The first line.
std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find_first_of("\r\n")));
}

bool is_role_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > 0x20 && c < 0x7f && c != '/' && c != '?' && c != '#';
    });
}

task<result<std::string>> fetch_token(network& over, const endpoint& where, deadline by) {
    plain_request what;
    what.where = where;
    what.method = "PUT";
    what.target = "/latest/api/token";
    what.headers.push_back({"x-aws-ec2-metadata-token-ttl-seconds", "300"});
    const auto got = co_await exchange(over, what, patience, by);
    if (!got) {
        failure why = got.error();
        if (why.code == s3_errc::timed_out)
            why.where += " (in a container, the instance's hop limit for metadata must be 2)";
        co_return why;
    }
    if (got->head.status != 200) co_return refused("it gives no session token", got->head.status);
    std::string token = first_line(got->text);
    if (token.empty() || !is_header_safe(token))
        co_return refused("its session token is none", got->head.status);
    co_return std::move(token);
}

task<result<answer>> fetch_page(
    network& over, const endpoint& where, std::string target, const std::string& token, deadline by
) {
    plain_request what;
    what.where = where;
    what.target = std::move(target);
    what.headers.push_back({"x-aws-ec2-metadata-token", token});
    auto got = co_await exchange(over, what, patience, by);
    co_return got;
}

} // namespace

task<result<answer>>
ask_instance_for_credentials(network& over, const endpoint& where, deadline by) {
    const auto token = co_await fetch_token(over, where, by);
    if (!token) co_return token.error();
    std::string target = role_path;
    const auto roles = co_await fetch_page(over, where, target, *token, by);
    if (!roles) co_return roles.error();
    if (roles->head.status == 404) co_return refused("the instance has no role", 404);
    if (roles->head.status != 200)
        co_return refused("it does not tell the instance's role", roles->head.status);
    const std::string role = first_line(roles->text);
    if (!is_role_name(role)) co_return refused("the name of the instance's role is none", 200);
    target = role_path + role;
    auto got = co_await fetch_page(over, where, target, *token, by);
    if (!got) co_return got.error();
    if (got->head.status != 200)
        co_return refused("it does not give the credentials of the role", got->head.status);
    co_return got;
}

task<result<std::string>>
ask_instance_for_region(network& over, const endpoint& where, deadline by) {
    const auto token = co_await fetch_token(over, where, by);
    if (!token) co_return token.error();
    std::string target = "/latest/meta-data/placement/region";
    const auto got = co_await fetch_page(over, where, target, *token, by);
    if (!got) co_return got.error();
    if (got->head.status != 200) co_return refused("it does not tell the region", got->head.status);
    std::string region = first_line(got->text);
    if (!is_role_name(region)) co_return refused("the name of the region is none", 200);
    co_return std::move(region);
}

} // namespace sluice::s3
