// The machine's files behind the log's seam, for tests that change one call of it.
#pragma once

#include "io/log/file_system.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::test {

class forwarding_file : public log::file {
  public:
    explicit forwarding_file(std::unique_ptr<log::file> real) : real_(std::move(real)) {}
    result<std::size_t> read(std::uint64_t at, bytes_span into) override {
        return real_->read(at, into);
    }
    result<void> write(std::uint64_t at, std::span<const bytes_view> pieces) override {
        return real_->write(at, pieces);
    }
    result<void> sync() override { return real_->sync(); }
    void begin_sync(std::uint64_t at, std::uint64_t bytes) override {
        real_->begin_sync(at, bytes);
    }
    result<void> cut(std::uint64_t size) override { return real_->cut(size); }
    result<std::uint64_t> size() override { return real_->size(); }
    result<void> reserve(std::uint64_t bytes) override { return real_->reserve(bytes); }
    void give_back_reserve() override { real_->give_back_reserve(); }
    result<bool> try_lock() override { return real_->try_lock(); }
    result<void> wait_for_lock() override { return real_->wait_for_lock(); }
    result<void> close() override { return real_->close(); }
    result<std::chrono::system_clock::time_point> modified() override { return real_->modified(); }
    const log::path& name() const override { return real_->name(); }
    void is_now(log::path name) override { real_->is_now(std::move(name)); }

  private:
    std::unique_ptr<log::file> real_;
};

class forwarding_files : public log::file_system {
  public:
    result<std::unique_ptr<log::file>> open(const log::path& name, log::open_mode mode) override {
        return log::real_files().open(name, mode);
    }
    result<void> rename(const log::path& from, const log::path& to) override {
        return log::real_files().rename(from, to);
    }
    result<void> remove(const log::path& name) override { return log::real_files().remove(name); }
    result<void> sync_directory(const log::path& name) override {
        return log::real_files().sync_directory(name);
    }
    result<void> make_directory(const log::path& name) override {
        return log::real_files().make_directory(name);
    }
    result<std::string> network_of(const log::path& name) override {
        return log::real_files().network_of(name);
    }
    result<log::disk_room> room_of(const log::path& name) override {
        return log::real_files().room_of(name);
    }
    result<std::vector<std::string>> list(const log::path& name) override {
        return log::real_files().list(name);
    }
};

} // namespace sluice::test
