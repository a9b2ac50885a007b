// s3client: objects: put, get, head, remove, list.
#include "../core/xml_documents.hpp"
#include "client_impl.hpp"
#include "kept_answer.hpp"

#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

task<result<put_receipt>>
client_impl::put(const put_request& what, body_source& from, deadline by) {
    auto made = build_put(what, options_.send_checksums);
    if (!made) co_return made.error();
    call c(std::move(*made));
    c.from = &from;
    c.has_checksum = what.sum.algorithm != checksum::kind::none;
    c.safe_to_repeat = !what.if_none_match;
    put_receipt receipt;
    c.examine = [&receipt](const answer& good) { return keep(read_etag(good.head), receipt.etag); };
    const auto got = co_await perform(c, by);
    if (!got) co_return got.error();
    co_return std::move(receipt);
}

task<result<object_head>> client_impl::get(const get_request& what, body_sink& to, deadline by) {
    auto made = build_get(what, options_.send_checksums);
    if (!made) co_return made.error();
    range_progress progress(what);
    call c(std::move(*made));
    c.to = &to;
    c.progress = &progress;
    const auto got = co_await perform(c, by);
    if (got) co_return progress.object();
    failure why = got.error();
    if (why.code == s3_errc::precondition_failed && progress.is_conditional())
        why.code = s3_errc::changed;
    co_return why;
}

task<result<object_head>>
client_impl::head(const std::string& bucket, const std::string& key, deadline by) {
    auto made = build_head(bucket, key, options_.send_checksums);
    if (!made) co_return made.error();
    call c(std::move(*made));
    object_head head;
    c.examine = [&head](const answer& good) { return keep(read_object_head(good.head), head); };
    const auto got = co_await perform(c, by);
    if (!got) co_return got.error();
    co_return std::move(head);
}

task<result<void>>
client_impl::remove(const std::string& bucket, const std::string& key, deadline by) {
    auto made = build_remove(bucket, key);
    if (!made) co_return made.error();
    call c(std::move(*made));
    const auto got = co_await perform(c, by);
    if (!got && got.error().code != s3_errc::no_such_key) co_return got.error();
    co_return result<void>();
}

task<result<list_page>> client_impl::list(const list_request& what, deadline by) {
    auto made = build_list(what);
    if (!made) co_return made.error();
    call c(std::move(*made));
    list_page page;
    c.examine = [&page, &what](const answer& good) {
        auto read = keep(read_list(good.text), page);
        if (read && !what.token.empty() && page.next_token == what.token)
            read = not_advancing("the listing");
        page.told_at = read_server_time(good.head);
        return read;
    };
    const auto got = co_await perform(c, by);
    if (!got) co_return got.error();
    co_return std::move(page);
}

task<result<void>> client_impl::create_bucket(const std::string& bucket, deadline by) {
    auto made = build_create_bucket(bucket, options_.where.region);
    if (!made) co_return made.error();
    call c(std::move(*made));
    const auto got = co_await perform(c, by);
    if (got) co_return result<void>();
    // "Already there" has several codes: what counts is that it can be used.
    const bool refused = got.error().code == s3_errc::other_client_error ||
                         got.error().code == s3_errc::conditional_conflict;
    if (!refused) co_return got.error();
    const auto ours = co_await head_bucket(bucket, by);
    if (!ours) co_return got.error();
    co_return result<void>();
}

task<result<void>> client_impl::head_bucket(const std::string& bucket, deadline by) {
    auto made = build_head_bucket(bucket);
    if (!made) co_return made.error();
    call c(std::move(*made));
    const auto got = co_await perform(c, by);
    if (!got) co_return got.error();
    co_return result<void>();
}

task<result<std::vector<lifecycle_rule>>>
client_impl::lifecycle(const std::string& bucket, deadline by) {
    auto made = build_get_lifecycle(bucket);
    if (!made) co_return made.error();
    call c(std::move(*made));
    std::vector<lifecycle_rule> rules;
    c.examine = [&rules](const answer& good) { return keep(read_lifecycle(good.text), rules); };
    const auto got = co_await perform(c, by);
    if (!got && got.error().code != s3_errc::no_such_configuration) co_return got.error();
    co_return std::move(rules);
}

} // namespace sluice::s3
