// test: a small export in a model of S3, made by hand, so that tests can break any part of it.
#pragma once

#include "io/commit_cursor.hpp"
#include "model_reader.hpp"
#include "model_store.hpp"
#include "run_task.hpp"

#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/object_key.hpp>

#include <boost/asio/io_context.hpp>

#include <string>
#include <vector>

namespace sluice::test {

/// Two partitions at `b/p/orders`: each block is a piece, three pieces are an object, and every
/// object has a commit of its own.
struct exported_folder {
    explicit exported_folder(object_format as = object_format::avro, std::size_t records = 40)
        : store(on.get_executor()), stream("orders", "0123456789abcdef0123456789abcdef") {
        for (std::uint32_t n = 0; n < 2; ++n)
            stream.add_partition(maker.run_of_records(records, n * 100));
        where.bucket = "b";
        where.folder = "p/orders";
        where.document.name = "orders";
        where.document.incarnation = stream.description().incarnation;
        where.document.partitions = 2;
        where.document.format = name_of(as);
        format = as;
        store.place(stream_document_key(where.folder), encode_stream_document(where.document));
        for (std::uint32_t n = 0; n < 2; ++n)
            export_partition(n);
    }

    /// The partition's commits from a number on, as the store gives them.
    result<std::vector<commit>> read_commits(std::uint32_t partition, std::uint64_t from = 0) {
        const auto all = [this, partition, from]() -> task<result<std::vector<commit>>> {
            std::vector<commit> read;
            commit_cursor cursor(store, where, partition, from);
            while (true) {
                auto next = co_await cursor.next(deadline::never());
                if (!next) co_return next.error();
                if (!*next) co_return std::move(read);
                read.push_back(std::move(**next));
            }
        };
        return run_task(on, all());
    }

    std::string key_of(const committed_object& object) const {
        return join_key(where.folder, object.key);
    }
    std::string& bytes_of(const committed_object& object) {
        return store.buckets["b"].at(key_of(object)).bytes;
    }
    committed_object& object(std::uint32_t partition, std::size_t n) {
        return commits[partition].at(n + 1).objects.front();
    }
    /// Writes the partition's commits as they are now.
    void write_commits(std::uint32_t partition) {
        for (const commit& each : commits[partition])
            store.place(commit_key(where.folder, partition, each.number), encode_commit(each));
    }
    commit next_commit(std::uint32_t partition, commit_kind kind) const {
        commit made;
        made.kind = kind;
        made.partition = partition;
        made.number = commits[partition].size();
        made.token = token;
        if (made.number > 0) made.next = commits[partition].back().next;
        return made;
    }

    /// Exports what the stream holds now, from its beginning.
    void export_anew() {
        for (std::uint32_t n = 0; n < 2; ++n) {
            commits[n].clear();
            export_partition(n);
        }
    }

    verify_report verify(reader* against = nullptr, std::uint64_t memory = 64 << 20) {
        return run_task(on, verify_export(store, where, against, memory, deadline::never(), {}))
            .value();
    }

    static constexpr const char* token = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    boost::asio::io_context on;
    model_store store;
    record_maker maker{7};
    model_reader stream;
    export_folder where;
    object_format format;
    std::vector<commit> commits[2];

  private:
    format_context context(std::uint32_t partition) const {
        return {where.document.name, where.document.incarnation, partition};
    }

    void export_partition(std::uint32_t partition) {
        commit claim = next_commit(partition, commit_kind::claim);
        claim.next = claim.claim.start = position{partition, 0, 0};
        claim.claim.incarnation = where.document.incarnation;
        claim.claim.partitions = 2;
        commits[partition].push_back(claim);
        while (commits[partition].back().next < stream.end_of(partition))
            export_object(partition);
        write_commits(partition);
    }

    void export_object(std::uint32_t partition) {
        commit made = next_commit(partition, commit_kind::objects);
        committed_object object;
        object.token = token;
        object.first = object.next = made.next;
        object_name name;
        name.first = object.first;
        name.nonce = nonce_of(token);
        name.extension = name_of(format);
        object.key = object_key(name);
        object.format = name_of(format);
        object.codec = "none";
        std::string bytes(as_text(object_header(format, context(partition))));
        for (int n = 0; n < 3 && object.next < stream.end_of(partition); ++n)
            add_piece(object, bytes, n == 0);
        object.bytes = bytes.size();
        object.crc64nvme = crc64nvme(as_bytes(bytes));
        made.next = object.next;
        made.objects.push_back(object);
        commits[partition].push_back(made);
        store.place(key_of(object), bytes);
    }

    void add_piece(committed_object& object, std::string& bytes, bool header) {
        const std::uint32_t partition = object.first.partition;
        const block_outline outline = stream.outline_now(object.next, stream.end_of(partition));
        open_block block = begin_block(format, context(partition), outline, buffer());
        const byte_vector body = stream.body_now(outline);
        std::copy(body.begin(), body.end(), block.records.begin());
        const buffer made =
            end_block(format, context(partition), outline, std::move(block)).value();
        piece fresh;
        fresh.first = object.next;
        fresh.at = header ? 0 : bytes.size();
        bytes += as_text(made.view());
        fresh.crc64nvme = crc64nvme(as_bytes(std::string_view(bytes).substr(fresh.at)));
        object.pieces.push_back(fresh);
        object.events += outline.events;
        object.next = outline.next;
    }
};

} // namespace sluice::test
