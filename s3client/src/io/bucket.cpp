// s3client: the requests that whole objects take.
#include "file_body.hpp"

#include <sluice/base/error.hpp>
#include <sluice/s3/bucket.hpp>
#include <sluice/s3/find_client_options.hpp>
#include <sluice/s3/listing_walk.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

constexpr std::uint64_t most_in_memory = 256 << 20;
constexpr std::uint64_t most_in_one_put = std::uint64_t(5) << 30; ///< S3's own limit

put_request to_put(const std::string& bucket, std::string key) {
    put_request what;
    what.bucket = bucket;
    what.key = std::move(key);
    what.compute = checksum::kind::crc64nvme;
    return what;
}

get_request to_get(const std::string& bucket, std::string key) {
    get_request what;
    what.bucket = bucket;
    what.key = std::move(key);
    return what;
}

} // namespace

bucket::bucket(std::shared_ptr<object_store> at, std::string name)
    : at_(std::move(at)), name_(std::move(name)) {}

task<result<put_receipt>> bucket::put(std::string key, std::string text, deadline by) const {
    const put_request what = to_put(name_, std::move(key));
    memory_source from(as_bytes(text));
    co_return co_await at_->put(what, from, by);
}

task<result<std::string>> bucket::get(std::string key, deadline by) const {
    const get_request what = to_get(name_, std::move(key));
    memory_sink to(most_in_memory);
    const auto got = co_await at_->get(what, to, by);
    if (!got) co_return got.error();
    co_return std::string(as_text(to.bytes()));
}

task<result<put_receipt>> bucket::put_file(std::string key, std::string path, deadline by) const {
    const put_request what = to_put(name_, std::move(key));
    const auto from = file_source::open(path);
    if (!from) co_return from.error();
    if ((*from)->size() > most_in_one_put) {
        failure why;
        why.code = errc::limit_exceeded;
        why.where = path + ": larger than 5 GiB, which is the most that one request stores; "
                           "larger objects are uploaded in parts";
        co_return why;
    }
    co_return co_await at_->put(what, **from, by);
}

task<result<object_head>> bucket::get_file(std::string key, std::string path, deadline by) const {
    const get_request what = to_get(name_, std::move(key));
    const auto to = file_sink::create(path);
    if (!to) co_return to.error();
    auto got = co_await at_->get(what, **to, by);
    if (!got) co_return got.error();
    const auto kept = (*to)->keep();
    if (!kept) co_return kept.error();
    co_return std::move(got);
}

task<result<void>> bucket::remove(std::string key, deadline by) const {
    co_return co_await at_->remove(name_, key, by);
}

task<result<std::vector<listed_object>>> bucket::list(std::string prefix, deadline by) const {
    list_request first;
    first.bucket = name_;
    first.prefix = std::move(prefix);
    listing_walk walk(std::move(first));
    std::vector<listed_object> all;
    while (!walk.ended()) {
        auto page = co_await at_->list(walk.request(), by);
        if (!page) co_return page.error();
        const auto taken = walk.take(*page);
        if (!taken) co_return taken.error();
        std::move(page->objects.begin(), page->objects.end(), std::back_inserter(all));
    }
    co_return std::move(all);
}

result<bucket> open_bucket(any_io_executor on, std::string name, const environment& env) {
    auto options = find_client_options(on, env);
    if (!options) return options.error();
    auto made = create_client(std::move(on), std::move(*options));
    if (!made) return made.error();
    return bucket(std::shared_ptr<object_store>(std::move(*made)), std::move(name));
}

} // namespace sluice::s3
