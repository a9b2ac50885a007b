// s3client: the sources, one after the other: keys, processes, agents, STS.
#include "credential_fetch.hpp"

#include "../core/credential_documents.hpp"
#include "../core/redaction.hpp"
#include "../core/sigv4.hpp"
#include "../core/sts.hpp"
#include "credential_process.hpp"
#include "instance_metadata.hpp"
#include "plain_exchange.hpp"
#include "shared_files.hpp"

#include <sluice/base/text.hpp>
#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

constexpr std::chrono::seconds patience_of_sts{10};
constexpr std::chrono::seconds patience_of_agents{2};
constexpr std::chrono::seconds patience_of_processes{60};

std::chrono::sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// Of one exchange: how far the server's clock is ahead of ours. Differences below two minutes are
/// none: the header counts seconds, and answers take a while.
std::chrono::seconds skew_of(const response_head& head) {
    const auto server = read_server_time(head);
    if (!server) return std::chrono::seconds(0);
    const auto skew = *server - now();
    constexpr std::chrono::minutes least{2};
    return skew > least || skew < -least ? skew : std::chrono::seconds(0);
}

result<credentials> by_our_clock(result<credentials> who, const response_head& head) {
    if (who && who->expires) *who->expires -= skew_of(head);
    return who;
}

failure refused_by_agent(const answer& got) {
    failure why;
    why.code = s3_errc::no_credentials;
    if (got.head.status >= 500) why.code = s3_errc::internal_error;
    why.where = "it refuses";
    why.peer_text = "HTTP status " + std::to_string(got.head.status);
    return why;
}

plain_request posted(const http_url& where, std::string form) {
    plain_request what;
    what.where = where.where;
    what.target = where.target;
    what.method = "POST";
    what.headers.push_back({"content-type", "application/x-www-form-urlencoded; charset=utf-8"});
    what.body = std::move(form);
    return what;
}

result<credentials> read_sts_answer(const answer& got) {
    if (got.head.status != 200) return read_sts_failure(got.head.status, got.text);
    return by_our_clock(read_assumed_role(got.text), got.head);
}

void sign_for_sts(plain_request& what, const credentials& by, std::chrono::sys_seconds when) {
    signer pen(by, "sts");
    what.headers.push_back({"host", host_header(what.where)});
    const sha256_digest digest = sha256(as_bytes(what.body));
    written_target target;
    target.path = what.target;
    const signing_place place{what.where.region, when};
    pen.sign(what.method, target, what.headers, hex(digest), place);
}

task<result<credentials>> fetch_one(const fetch_means&, const key_source& from, deadline) {
    co_return from.who;
}

task<result<credentials>> fetch_one(const fetch_means&, const process_source& from, deadline by) {
    const deadline limit = by.earliest(patience_of_processes);
    const auto text = co_await run_credential_process(from.command, limit);
    if (!text) co_return text.error();
    co_return read_process_output(*text);
}

task<result<credentials>>
fetch_one(const fetch_means& with, const container_source& from, deadline by) {
    std::string token = from.token;
    if (!from.token_file.empty()) {
        auto read = read_token_file(from.token_file);
        if (!read) co_return read.error();
        token = std::move(*read);
    }
    plain_request what;
    what.where = from.where.where;
    what.target = from.where.target;
    what.headers.push_back({"accept", "application/json"});
    if (!token.empty()) what.headers.push_back({"authorization", token});
    auto over = with.reach(what.where, patience_of_agents);
    if (!over) co_return over.error();
    const exchange_patience patience{patience_of_agents, 3};
    const auto got = co_await exchange(**over, what, patience, by);
    if (!got) co_return got.error();
    if (got->head.status != 200) co_return refused_by_agent(*got);
    auto who = by_our_clock(read_metadata_credentials(got->text), got->head);
    if (who) co_return who;
    failure why = who.error();
    redact(why.peer_text, token);
    co_return why;
}

task<result<credentials>>
fetch_one(const fetch_means& with, const instance_source& from, deadline by) {
    auto over = with.reach(from.where, patience_of_instance);
    if (!over) co_return over.error();
    auto got = co_await ask_instance_for_credentials(**over, from.where, by);
    if (!got) co_return got.error();
    co_return by_our_clock(read_metadata_credentials(got->text), got->head);
}

task<result<credentials>>
fetch_one(const fetch_means& with, const web_identity_source& from, deadline by) {
    const auto token = read_token_file(from.token_file);
    if (!token) co_return token.error();
    auto form = web_identity_form(from.what, *token, now());
    if (!form) co_return form.error();
    const plain_request what = posted(with.sts, std::move(*form));
    auto over = with.reach(what.where, patience_of_sts);
    if (!over) co_return over.error();
    const exchange_patience patience{patience_of_sts, 3};
    const auto got = co_await exchange(**over, what, patience, by);
    if (!got) co_return got.error();
    auto who = read_sts_answer(*got);
    if (who) co_return who;
    failure why = who.error();
    redact(why.peer_text, *token);
    co_return why;
}

task<result<credentials>> fetch_one(const fetch_means& with, const role_source& from, deadline by) {
    const auto base = co_await fetch_from(with, *from.by, by);
    if (!base) {
        failure why = base.error();
        why.where = from.by->name + ": " + why.where;
        co_return why;
    }
    auto over = with.reach(with.sts.where, patience_of_sts);
    if (!over) co_return over.error();
    const exchange_patience patience{patience_of_sts, 3};
    std::chrono::seconds skew{0};
    while (true) {
        auto form = assume_role_form(from.what, now());
        if (!form) co_return form.error();
        plain_request what = posted(with.sts, std::move(*form));
        sign_for_sts(what, *base, now() + skew);
        const auto got = co_await exchange(**over, what, patience, by);
        if (!got) co_return got.error();
        auto who = read_sts_answer(*got);
        if (who) co_return who;
        failure why = who.error();
        const std::chrono::seconds other = skew_of(got->head);
        // Signed by the server's clock, once.
        if (!is_about_the_clock(why) || skew.count() != 0 || other.count() == 0) {
            redact(why.peer_text, base->session_token);
            redact(why.peer_text, base->secret_key);
            co_return why;
        }
        skew = other;
    }
}

} // namespace

task<result<credentials>>
fetch_from(const fetch_means& with, const credential_source& from, deadline by) {
    const auto fetch = [&](const auto& how) { return fetch_one(with, how, by); };
    task<result<credentials>> fetching = std::visit(fetch, from.how);
    auto who = co_await std::move(fetching);
    co_return who;
}

task<result<std::string>>
region_of_instance(const fetch_means& with, const instance_source& from, deadline by) {
    auto over = with.reach(from.where, patience_of_instance);
    if (!over) co_return over.error();
    auto region = co_await ask_instance_for_region(**over, from.where, by);
    co_return region;
}

} // namespace sluice::s3
