// The machine's files behind the log's seam, of which a chosen call fails.
#pragma once

#include "forwarding_files.hpp"

#include <sluice/base/error.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::test {

/// Fails the n-th call that changes something, with the given code; half of a write is done before
/// it fails.
struct fault {
    errc code = errc::disk_full;
    int at = -1; ///< counts down; fails when it reaches 0
    int calls = 0;
    bool everything = false; ///< every other call counts, too
    std::string only = {};   ///< no other call than this one counts; empty: see above
    bool for_good = false;   ///< all calls behind that one fail like it
    bool in_advance = false; ///< it was about a segment made before it is needed: nobody is told
    std::string kind = {};   ///< the call that failed first
    log::path file = {};     ///< of the one that failed last

    bool due(const char* call) {
        if (!only.empty() && only != call) return false;
        ++calls;
        if (at == 0) return for_good;
        if (at < 0 || --at > 0) return false;
        kind = call;
        return true;
    }
    bool due_if_everything(const char* call) { return (everything || !only.empty()) && due(call); }
    failure told_in_advance(const log::path& name) {
        in_advance = name.filename() == "segment.new";
        return told(name);
    }
    failure told(const log::path& name) {
        file = name;
        failure why;
        why.code = code;
        why.where = name.string() + ": planted";
        return why;
    }
};

class failing_file final : public forwarding_file {
  public:
    failing_file(std::unique_ptr<log::file> real, fault& plan)
        : forwarding_file(std::move(real)), plan_(plan) {}
    result<std::size_t> read(std::uint64_t at, bytes_span into) override {
        if (plan_.due_if_everything("read")) return plan_.told(name());
        return forwarding_file::read(at, into);
    }
    result<void> write(std::uint64_t at, std::span<const bytes_view> pieces) override {
        if (!plan_.due("write")) return forwarding_file::write(at, pieces);
        const bytes_view half[] = {pieces.front().first(pieces.front().size() / 2)};
        forwarding_file::write(at, half).value();
        return plan_.told(name());
    }
    result<void> sync() override {
        return plan_.due("sync") ? result<void>(plan_.told(name())) : forwarding_file::sync();
    }
    result<void> cut(std::uint64_t size) override {
        return plan_.due("cut") ? result<void>(plan_.told(name())) : forwarding_file::cut(size);
    }
    result<void> reserve(std::uint64_t bytes) override {
        if (plan_.due("reserve")) return plan_.told_in_advance(name());
        return forwarding_file::reserve(bytes);
    }
    result<std::uint64_t> size() override {
        if (plan_.due_if_everything("size")) return plan_.told(name());
        return forwarding_file::size();
    }
    result<bool> try_lock() override {
        if (plan_.due_if_everything("try_lock")) return plan_.told(name());
        return forwarding_file::try_lock();
    }
    result<void> wait_for_lock() override {
        if (plan_.due_if_everything("wait_for_lock")) return plan_.told(name());
        return forwarding_file::wait_for_lock();
    }
    result<void> close() override {
        auto closed = forwarding_file::close();
        return plan_.due("close") ? result<void>(plan_.told(name())) : closed;
    }
    result<std::chrono::system_clock::time_point> modified() override {
        if (plan_.due_if_everything("modified")) return plan_.told(name());
        return forwarding_file::modified();
    }

  private:
    fault& plan_;
};

class failing_files final : public forwarding_files {
  public:
    explicit failing_files(fault& plan) : plan_(plan) {}
    result<std::unique_ptr<log::file>> open(const log::path& name, log::open_mode mode) override {
        const bool makes = mode == log::open_mode::create;
        if (makes ? plan_.due("make") : plan_.due_if_everything("open"))
            return plan_.told_in_advance(name);
        auto real = log::real_files().open(name, mode);
        if (!real) return real.error();
        return std::unique_ptr<log::file>(std::make_unique<failing_file>(std::move(*real), plan_));
    }
    result<void> rename(const log::path& from, const log::path& to) override {
        return plan_.due("rename") ? result<void>(plan_.told(to))
                                   : forwarding_files::rename(from, to);
    }
    result<void> sync_directory(const log::path& name) override {
        return plan_.due("sync_directory") ? result<void>(plan_.told(name))
                                           : forwarding_files::sync_directory(name);
    }
    result<void> remove(const log::path& name) override {
        return plan_.due_if_everything("remove") ? result<void>(plan_.told(name))
                                                 : forwarding_files::remove(name);
    }
    result<void> make_directory(const log::path& name) override {
        return plan_.due_if_everything("make_directory") ? result<void>(plan_.told(name))
                                                         : forwarding_files::make_directory(name);
    }
    result<std::string> network_of(const log::path& name) override {
        if (plan_.due_if_everything("network_of")) return plan_.told(name);
        return forwarding_files::network_of(name);
    }
    result<log::disk_room> room_of(const log::path& name) override {
        if (plan_.due_if_everything("room_of")) return plan_.told(name);
        return forwarding_files::room_of(name);
    }
    result<std::vector<std::string>> list(const log::path& name) override {
        if (plan_.due_if_everything("list")) return plan_.told(name);
        return forwarding_files::list(name);
    }

  private:
    fault& plan_;
};

} // namespace sluice::test
