mod faults;
mod hostile;
mod races;
mod rules;
mod scale;
