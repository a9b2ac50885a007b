// s3client: buckets and what is in them.
#include "../core/xml_documents.hpp"
#include "client_impl.hpp"
#include "kept_answer.hpp"

#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

failure first_version_only() {
    failure why;
    why.code = s3_errc::not_implemented;
    why.where = "the store answers as if ListObjects had been asked for";
    return why;
}

} // namespace

/// Whether the store has not understood that ListObjectsV2 is asked for. A token proves that it
/// has.
bool client_impl::is_of_first_version(const list_request& what, const answer& good) const {
    const bool open = !list_version_told_ && !has_second_version_;
    return open && what.token.empty() && answers_first_version(good.text);
}

task<result<list_page>>
client_impl::list_in(bool second_version, const list_request& what, deadline by) {
    const list_dialect how{second_version, options_.able.url_encoded_listings};
    call c(build_list(what, how));
    if (c.why) co_return c.failed();
    list_page page;
    c.examine = [this, &page, &what, &how](const answer& good) {
        if (how.second_version && is_of_first_version(what, good))
            return result<void>(first_version_only());
        auto read = keep(read_list(good.text, how.second_version), page);
        page.told_at = read_server_time(good.head);
        return read;
    };
    if (!co_await perform(c, by)) co_return c.failed();
    co_return std::move(page);
}

/// The two versions do not understand each other's tokens: the store is asked in another version
/// only as long as no token of the second one is about.
task<result<list_page>> client_impl::list(const list_request& what, deadline by) {
    while (true) {
        const bool second = options_.able.list_second_version;
        auto page = co_await list_in(second, what, by);
        if (!second || list_version_told_) co_return page;
        if (page && page->next_token.empty()) co_return page;
        if (page) {
            if (!options_.able.list_second_version)
                continue; // another call has gone over meanwhile
            has_second_version_ = true;
            co_return page;
        }
        const bool unknown = page.error().code == s3_errc::not_implemented;
        if (!unknown || !what.token.empty() || has_second_version_) co_return page;
        auto other = co_await list_in(false, what, by);
        if (!other) co_return other;
        if (has_second_version_) co_return page;
        options_.able.list_second_version = false;
        co_return other;
    }
}

task<result<void>> client_impl::create_bucket(const std::string& bucket, deadline by) {
    call c(build_create_bucket(bucket, options_.where.region));
    if (c.why) co_return c.failed();
    if (co_await perform(c, by)) co_return result<void>();
    // "Already there" has several codes: what counts is that it can be used.
    const bool refused =
        c.why->code == s3_errc::other_client_error || c.why->code == s3_errc::conditional_conflict;
    if (!refused) co_return c.failed();
    const auto ours = co_await head_bucket(bucket, by);
    if (!ours) co_return c.failed();
    co_return result<void>();
}

task<result<void>> client_impl::remove_bucket(const std::string& bucket, deadline by) {
    call c(build_remove_bucket(bucket));
    if (c.why) co_return c.failed();
    const bool done = co_await perform(c, by);
    if (!done && c.why->code != s3_errc::no_such_bucket) co_return c.failed();
    co_return result<void>();
}

task<result<std::string>> client_impl::bucket_location(const std::string& bucket, deadline by) {
    call c(build_get_location(bucket));
    if (c.why) co_return c.failed();
    std::string region;
    c.examine = [&region](const answer& good) { return keep(read_location(good.text), region); };
    if (!co_await perform(c, by)) co_return c.failed();
    co_return std::move(region);
}

task<result<void>> client_impl::head_bucket(const std::string& bucket, deadline by) {
    call c(build_head_bucket(bucket));
    if (c.why) co_return c.failed();
    if (!co_await perform(c, by)) co_return c.failed();
    co_return result<void>();
}

task<result<std::vector<lifecycle_rule>>>
client_impl::lifecycle(const std::string& bucket, deadline by) {
    call c(build_get_lifecycle(bucket));
    if (c.why) co_return c.failed();
    std::vector<lifecycle_rule> rules;
    c.examine = [&rules](const answer& good) { return keep(read_lifecycle(good.text), rules); };
    const bool done = co_await perform(c, by);
    if (!done && c.why->code != s3_errc::no_such_configuration) co_return c.failed();
    co_return std::move(rules);
}

} // namespace sluice::s3
