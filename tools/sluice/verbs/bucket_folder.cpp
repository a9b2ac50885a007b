// tools: an exported stream in a bucket, opened for reading; what verify, ls and inspect share.
#include "bucket_folder.hpp"

#include <utility>

namespace sluice::command {

task<result<opened_folder>>
open_folder(any_io_executor on, const bucket_address& address, const s3_options& s3, logger& log) {
    opened_folder folder;
    const s3::environment of_process;
    auto store = open_store(on, address, s3, of_process, log);
    if (!store) co_return store.error();
    folder.store = std::move(*store);
    const deadline by = deadline::never();
    auto where = co_await find_folder(*folder.store.client, address.bucket, address.prefix, by);
    if (!where) co_return where.error();
    folder.where = std::move(*where);
    co_return std::move(folder);
}

task<result<opened_folder>> open_exported(
    any_io_executor on, const bucket_address& address, const s3_options& s3, logger& log
) {
    auto folder = co_await open_folder(on, address, s3, log);
    if (!folder) co_return folder;
    s3::object_store& store = *folder->store.client;
    auto there = co_await check_exported(store, folder->where, deadline::never());
    if (!there) co_return there.error();
    co_return std::move(folder);
}

std::string range_text(const position& first, const position& next) {
    return to_string(first) + " to " + to_string(next);
}

} // namespace sluice::command
