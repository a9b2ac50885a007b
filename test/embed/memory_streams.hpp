// embed: a host's own store of streams, in memory.
#pragma once

#include <sluice/stream/stream_store.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace host {

/// One record of the envelope, encoded.
struct stored_record {
    sluice::position first, next;
    std::optional<std::int64_t> time;
    sluice::byte_vector body;
};

struct memory_partition {
    std::deque<stored_record> records;
    sluice::position end;
    std::string progress; ///< of the last append that had one
};

struct memory_stream {
    sluice::stream_description description;
    std::vector<memory_partition> partitions;
    std::map<std::string, std::map<std::uint32_t, sluice::position>> cursors;
    std::string reserved_by;
    bool written = false; ///< a writer has it open
    bool keeps = true;    ///< false: records are counted, and dropped
};

/// Streams live as long as the store. Use from one strand.
class memory_streams final : public sluice::stream_store {
  public:
    memory_stream& add(const std::string& name, std::uint32_t partitions);
    /// For an import that is yet to come.
    memory_stream& reserve(const std::string& name, std::string transfer, std::uint32_t partitions);
    void remove(const std::string& name) { streams_.erase(name); }
    const memory_stream* find(const std::string& name) const; ///< null: there is none

    sluice::task<sluice::result<std::unique_ptr<sluice::reader>>> open_reader(std::string name
    ) override;
    sluice::task<sluice::result<sluice::reserved_stream>>
    open_reserved(std::string name, std::string transfer, std::uint32_t partitions) override;

  private:
    std::map<std::string, memory_stream> streams_;
};

/// Takes records in, encoded one behind the other, as the envelope's bytes.
sluice::result<void> take_records(memory_partition& to, sluice::bytes_view body);

/// An event with this value, behind all others.
void append_event(memory_partition& to, std::uint32_t partition, const std::string& value);

/// The values of whole events, joined where they were cut.
std::vector<std::string> values_of(const memory_partition& of);

} // namespace host
