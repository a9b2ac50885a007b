// s3client: buckets and what is in them.
#include "../core/xml_documents.hpp"
#include "client_impl.hpp"
#include "kept_answer.hpp"

#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

task<result<list_page>> client_impl::list(const list_request& what, deadline by) {
    const list_dialect how{options_.able.list_second_version, options_.able.url_encoded_listings};
    auto made = build_list(what, how);
    if (!made) co_return made.error();
    call c(std::move(*made));
    list_page page;
    c.examine = [&page, &what, &how](const answer& good) {
        auto read = keep(read_list(good.text, how.second_version), page);
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

task<result<void>> client_impl::remove_bucket(const std::string& bucket, deadline by) {
    auto made = build_remove_bucket(bucket);
    if (!made) co_return made.error();
    call c(std::move(*made));
    const auto got = co_await perform(c, by);
    if (!got && got.error().code != s3_errc::no_such_bucket) co_return got.error();
    co_return result<void>();
}

task<result<std::string>> client_impl::bucket_location(const std::string& bucket, deadline by) {
    auto made = build_get_location(bucket);
    if (!made) co_return made.error();
    call c(std::move(*made));
    std::string region;
    c.examine = [&region](const answer& good) { return keep(read_location(good.text), region); };
    const auto got = co_await perform(c, by);
    if (!got) co_return got.error();
    co_return std::move(region);
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
