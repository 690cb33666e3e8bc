mod faults;
mod races;
mod rules;
mod scale;
